using System.Collections.Immutable;
using SessionGrains.Grains.Tests.Definitions;
using SessionGrains.Grains.Tests.Workflows;
using Xunit;

namespace SessionGrains.Grains.Tests.Operations;

/// <summary>What operators see and do across all workflows, on a silo.</summary>
public sealed class OperationsTests
{
    private static readonly UserId Olga = new("https://issuer.test", "operations", "olga");
    private static readonly UserId Bob = A.Ada with { Subject = "bob" };

    [Fact]
    public async Task Everybodys_workflows_are_listed_live_ones_as_they_are_and_ended_ones_as_they_were_filed()
    {
        await using var lab = await Lab.Start();
        var ended = await lab.BeginCall();
        await ended.Grain.End(A.Ada, "bye");
        lab.Clock.Advance(A.Seconds(1));
        var live = await lab.Begin(user: Bob);

        var page = await lab.Grains.Operations.Workflows(new(null, null, null, null, null), 1, null);
        var rest = await lab.Grains.Operations.Workflows(new(null, null, null, null, null), 9, page.Next);

        Assert.Equal((live.Id, Phase.Ready, Bob), (page.Workflows.Single().Workflow.Id, page.Workflows[0].Workflow.Phase, page.Workflows[0].Owner));
        Assert.Equal((ended.Id, Phase.Ended, A.Ada, "bye"), (rest.Workflows.Single().Workflow.Id, rest.Workflows[0].Workflow.Phase, rest.Workflows[0].Owner, rest.Workflows[0].ReasonDetail));
        Assert.Null(rest.Next);
        Assert.Equal([live.Id], (await lab.Grains.Operations.Workflows(new(true, null, null, null, null), 9, null)).Workflows.Select(each => each.Workflow.Id));
        Assert.Equal([ended.Id], (await lab.Grains.Operations.Workflows(new(null, Phase.Ended, "ada", null, null), 9, null)).Workflows.Select(each => each.Workflow.Id));
    }

    [Fact]
    public async Task A_revocation_ends_every_match_with_its_call_and_nothing_else_and_is_on_record()
    {
        await using var lab = await Lab.Start();
        var (first, second, others) = (await lab.BeginCall(), await lab.BeginCall(Lab.Sealed), await lab.Begin(user: Bob));

        var counts = await lab.Grains.Operations.Revoke(new(Olga, new("ada", null, null, null), TimeSpan.Zero, "stolen token"));

        Assert.Equal((2, 2, 0, true, null), (counts.Matched, counts.Revoked, counts.Failed, counts.IsComplete, counts.BlockedUntil));
        Assert.Equal(
            (EndReason.Revoked, HangUpResult.Confirmed, EndReason.Revoked, HangUpResult.Confirmed),
            ((await first.View()).EndReason, (await first.View()).HangUp, (await second.View()).EndReason, (await second.View()).HangUp));
        Assert.Equal(Phase.Ready, (await others.Grain.View(Bob)).Value!.Phase);
        var trail = (await lab.Grains.Operations.Audit(new(counts.Id, null, null, null), 9, null)).Events.Single();
        Assert.Equal(("operator.revoked", "owner ada: stolen token", "olga"), (trail.Kind, trail.Detail, trail.Owner));
        Assert.Contains(
            (await lab.Grains.Operations.Audit(new(first.Id.Value, null, null, null), 99, null)).Events, each => each is { Kind: "revoked", Detail: "by olga" });
    }

    [Fact]
    public async Task While_it_is_blocked_nothing_that_matches_starts_and_the_problem_names_the_rule()
    {
        await using var lab = await Lab.Start();
        await lab.Grains.Operations.Revoke(new(Olga, new(null, null, Lab.Brokered, null), TimeSpan.FromMinutes(1), null));

        var refused = (await lab.Workflow().Start(Lab.Caller(A.Ada), Lab.Request(Lab.Brokered))).Refusal!;
        Assert.Equal((RefusalCode.Forbidden, "blocked"), (refused.Code, refused.Faults.Single().Where));
        await lab.Begin(Lab.Sealed);
        Assert.Equal([new(null, null, Lab.Brokered, null)], (await lab.Grains.Operations.Blocks()).Select(block => block.Target));

        Assert.True(await lab.Grains.Operations.Lift(Olga, new(null, null, Lab.Brokered, null)));
        await lab.Begin();
        Assert.Equal(["operator.block_lifted", "operator.revoked"], (await lab.Grains.Operations.Audit(new(null, "olga", null, null), 9, null)).Events.Select(each => each.Kind).Order());
    }

    [Fact]
    public async Task A_dry_run_hears_every_rule_and_starts_nothing()
    {
        await using var lab = await Lab.Start();
        await lab.Begin();
        await lab.Grains.Operations.Revoke(new(Olga, new(null, "globex", null, null), TimeSpan.FromMinutes(1), null));

        var allowed = (await lab.Grains.Operations.Evaluate(Lab.Brokered, new(Lab.Caller(A.Ada), """{"customer":"C-17"}""", null))).Value!;
        var refused = (await lab.Grains.Operations.Evaluate(Lab.Brokered, new(Lab.Caller(A.Ada with { Tenant = "globex" }, "other"), """{"customer":7}""", null))).Value!;

        Assert.True(allowed.IsAllowed);
        Assert.Equal(1, allowed.Live);
        Assert.Equal(["allow.scopes", "blocked", "inputs", "quotas.live_per_user"], allowed.Rules.Select(rule => rule.Rule).Order(StringComparer.Ordinal));
        Assert.False(refused.IsAllowed);
        Assert.Equal(["allow.scopes", "blocked", "inputs $.customer"], refused.Rules.Where(rule => !rule.IsPassed).Select(rule => rule.Rule).Order(StringComparer.Ordinal));
        Assert.Single((await lab.Grains.Operations.Workflows(new(null, null, null, null, null), 9, null)).Workflows);
    }

    [Fact]
    public async Task An_edited_definition_is_tried_and_says_where_it_differs()
    {
        await using var lab = await Lab.Start();
        var edited = Lab.Definition(Lab.Brokered, "sealed", """{"max_duration_seconds":60}""");

        var evaluation = (await lab.Grains.Operations.Evaluate(Lab.Brokered, new(Lab.Caller(A.Ada), """{"customer":"C-17"}""", edited))).Value!;
        var broken = await lab.Grains.Operations.Evaluate(Lab.Brokered, new(Lab.Caller(A.Ada), "{}", """{"name":"intake"}"""));
        var unknown = await lab.Grains.Operations.Evaluate("none", new(Lab.Caller(A.Ada), "{}", null));

        Assert.True(evaluation.IsAllowed);
        Assert.Equal(["$.limits.max_duration_seconds", "$.mode"], evaluation.Changes.Select(change => change.Path));
        Assert.Equal(("\"brokered\"", "\"sealed\""), (evaluation.Changes[1].Before, evaluation.Changes[1].After));
        Assert.Equal(RefusalCode.InvalidInputs, broken.Refusal?.Code);
        Assert.NotEmpty(broken.Refusal!.Faults);
        Assert.Equal(RefusalCode.DefinitionNotFound, unknown.Refusal?.Code);
    }

    [Fact]
    public async Task A_workflow_that_does_not_answer_is_named_and_takes_nothing_from_the_list()
    {
        await using var lab = await Lab.Start();
        var (sound, broken) = (await lab.Begin(), await lab.Begin());
        await lab.Forget(broken);
        await lab.Query(
            """
            UPDATE orleansstorage SET payloadbinary = CAST(replace(CAST(payloadbinary AS TEXT), '"ready"', '"of_tomorrow"') AS BLOB)
            WHERE grainidextensionstring = @id
            """,
            _ => 0,
            ("id", broken.Id.Value));

        var page = await lab.Grains.Operations.Workflows(new(null, null, null, null, null), 9, null);

        Assert.Equal(sound.Id, Assert.Single(page.Workflows).Workflow.Id);
        Assert.Equal([broken.Id.Value], page.Silent!.Value);
    }

    [Fact]
    public async Task No_request_goes_where_an_edited_definition_has_its_authorizer()
    {
        using var elsewhere = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        elsewhere.Start();
        await using var lab = await Lab.Start();
        var edited = Texts.With(("name", $"\"{Lab.Brokered}\""), ("authorizer", $$"""{"url":"http://{{elsewhere.LocalEndpoint}}/admin"}"""));

        var evaluation = (await lab.Grains.Operations.Evaluate(Lab.Brokered, new(Lab.Caller(A.Ada), """{"customer":"C-17"}""", edited))).Value!;

        Assert.False(evaluation.IsAllowed);
        Assert.Contains(evaluation.Rules, rule => rule is { Rule: "authorizer", IsPassed: false } && rule.Sentence.StartsWith("It is not asked", StringComparison.Ordinal));
        Assert.False(elsewhere.Pending());
    }

    [Fact]
    public async Task The_cluster_says_what_each_silo_holds()
    {
        await using var lab = await Lab.Start();
        await lab.BeginCall();
        await lab.Begin();

        var silo = (await lab.Grains.Operations.Cluster()).Single();

        Assert.Equal(("active", 2, 1), (silo.Status, silo.Workflows, silo.Sidebands));
        Assert.True(silo.Activations >= 3);
        Assert.Null(await lab.Grains.Operations.Drain(Olga, "127.0.0.1:1@1", null));
    }

    [Fact]
    public async Task The_definitions_are_those_that_are_loaded()
    {
        await using var lab = await Lab.Start();

        ImmutableArray<DefinitionSummary> definitions = await lab.Grains.Operations.Definitions();

        Assert.Equal([Lab.Direct, Lab.Brokered, Lab.Sealed], definitions.Select(definition => definition.Name));
        Assert.Equal([ConnectionMode.ClientSecret, ConnectionMode.Brokered, ConnectionMode.Sealed], definitions.Select(definition => definition.Mode));
    }
}
