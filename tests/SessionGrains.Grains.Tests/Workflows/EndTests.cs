using Xunit;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>The end of a workflow, as often as anybody asks for it, and what is left of it.</summary>
public sealed class EndTests
{
    [Fact]
    public async Task An_end_is_repeatable_and_hangs_up_once()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();

        var first = await workflow.Grain.End(A.Ada, "done talking");
        var second = await workflow.Grain.End(A.Ada, "done again");

        Assert.Equal((Phase.Ended, EndReason.UserEnded, HangUpResult.Confirmed), (first.Value!.Phase, first.Value.EndReason!.Value, first.Value.HangUp!.Value));
        Assert.Equal((first.Value.Phase, first.Value.EndReason, first.Value.EndedAt), (second.Value!.Phase, second.Value.EndReason, second.Value.EndedAt));
        Assert.Equal([new(workflow.Call, null)], lab.OpenAI.HangUps.Asked);
    }

    [Fact]
    public async Task Ends_that_come_at_the_same_moment_are_one()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();

        var ends = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => workflow.Grain.End(A.Ada, null)));

        Assert.All(ends, end => Assert.Equal(EndReason.UserEnded, end.Value?.EndReason));
        await lab.Reaches(workflow.Id, Phase.Ended);
        Assert.Single(lab.OpenAI.HangUps.Asked);
    }

    [Fact]
    public async Task A_stranger_finds_nothing_alive_or_ended()
    {
        await using var lab = await Lab.Start();
        var live = await lab.BeginCall();
        var ended = await lab.BeginCall();
        await ended.Grain.End(A.Ada, null);

        foreach (var workflow in new[] { live, ended, lab.Workflow() })
        {
            Assert.Equal(RefusalCode.NotFound, (await workflow.Grain.View(A.Eve)).Refusal?.Code);
            Assert.Equal(RefusalCode.NotFound, (await workflow.Grain.End(A.Eve, null)).Refusal?.Code);
            Assert.Equal(RefusalCode.NotFound, (await workflow.RenewSecret(A.Eve)).Refusal?.Code);
            Assert.Equal(RefusalCode.NotFound, (await workflow.Grain.ReportCall(A.Eve, A.Call("x"))).Refusal?.Code);
            Assert.Equal(RefusalCode.NotFound, (await workflow.Grain.Heartbeat(A.Eve)).Refusal?.Code);
        }

        Assert.Equal(Phase.Active, (await live.View()).Phase);
        Assert.Single(lab.OpenAI.HangUps.Asked);
    }

    [Fact]
    public async Task A_tombstone_has_no_personal_data_in_its_bytes()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        var live = await lab.Stored(workflow.Id);
        string[] personal = ["\"ada\"", "acme", "issuer.test", "\"C-17\"", "\"T-9\"", "ticket", "customer", "good bye then", workflow.Call];
        Assert.All(personal.Except(["good bye then"]), text => Assert.Contains(text, live));

        await workflow.Grain.End(A.Ada, "good bye then");

        var tombstone = await lab.Stored(workflow.Id);
        Assert.Contains("\"phase\":\"ended\"", tombstone);
        Assert.All(personal, text => Assert.DoesNotContain(text, tombstone));
    }

    [Fact]
    public async Task After_the_end_everything_says_so_and_only_the_owner_is_told()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall(Lab.Direct);
        await workflow.Grain.End(A.Ada, null);

        Assert.Equal(Phase.Ended, (await workflow.View()).Phase);
        Assert.Equal(Phase.Ended, (await workflow.Grain.End(A.Ada, null)).Value!.Phase);
        Assert.Equal(RefusalCode.WorkflowEnded, (await workflow.RenewSecret(A.Ada)).Refusal?.Code);
        Assert.Equal(RefusalCode.WorkflowEnded, (await workflow.Grain.Heartbeat(A.Ada)).Refusal?.Code);
        Assert.Equal(RefusalCode.WorkflowEnded, (await workflow.Grain.ReportCall(A.Ada, A.Call("late"))).Refusal?.Code);
    }

    [Fact]
    public async Task A_call_that_is_reported_after_the_end_is_hung_up()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall(Lab.Direct);
        await workflow.Grain.End(A.Ada, null);

        var late = await workflow.Grain.ReportCall(A.Ada, A.Call("late"));

        Assert.Equal(RefusalCode.WorkflowEnded, late.Refusal?.Code);
        await lab.OpenAI.HangUps.WhenAsked(2);
        Assert.Equal("rtc_late", lab.OpenAI.HangUps.Asked[1].CallId);
        await Lab.Eventually(async () => (await lab.State(workflow.Id)).Owed.IsEmpty);
    }

    [Fact]
    public async Task A_secret_of_an_ended_workflow_is_told_that_it_is_over()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin();
        await workflow.Grain.End(A.Ada, null);

        Assert.Equal(RefusalCode.WorkflowEnded, (await workflow.Connect()).Refusal?.Code);
    }

    [Fact]
    public async Task A_tombstone_is_erased_after_its_time_and_the_report_still_answers_for_it()
    {
        await using var lab = await Lab.Start(sweeps: true);
        var workflow = await lab.BeginCall(Lab.Direct);
        await workflow.Grain.End(A.Ada, null);
        var before = await workflow.View();

        lab.Clock.Advance(TimeSpan.FromHours(25) - A.Seconds(1));
        Assert.NotNull(await lab.Stored(workflow.Id));
        lab.Clock.Advance(A.Seconds(3));
        await Lab.Eventually(async () => await lab.Stored(workflow.Id) is null);

        var after = await workflow.View();
        Assert.Equal((before.Phase, before.EndReason, before.HangUp, before.EndedAt), (after.Phase, after.EndReason, after.HangUp, after.EndedAt));
        Assert.Equal("T-9", after.Metadata["ticket"]);
        Assert.Equal(Phase.Ended, (await workflow.Grain.End(A.Ada, null)).Value!.Phase);
        Assert.Equal(RefusalCode.WorkflowEnded, (await workflow.RenewSecret(A.Ada)).Refusal?.Code);
        Assert.Equal(RefusalCode.WorkflowEnded, (await workflow.Grain.ReportCall(A.Ada, A.Call("late"))).Refusal?.Code);
        Assert.Equal(RefusalCode.NotFound, (await workflow.Grain.View(A.Eve)).Refusal?.Code);
        Assert.Equal(RefusalCode.InvalidClientSecret, (await workflow.Connect()).Refusal?.Code);
        Assert.Null(await lab.Stored(workflow.Id));
    }

    [Fact]
    public async Task What_is_logged_of_a_whole_life_names_workflows_and_calls_and_no_person_and_no_secret()
    {
        await using var lab = await Lab.Start();
        lab.OpenAI.HangUps.Next(new SessionGrains.OpenAI.HangUpReply.Failed(PretendOpenAI.Fault()));
        var brokered = await lab.BeginCall();
        await brokered.Grain.End(A.Ada, "good bye then");
        var direct = await lab.BeginCall(Lab.Direct);
        lab.Storage.RefuseNext(_ => true);
        await direct.Grain.End(A.Ada, "good bye then");
        await direct.Grain.End(A.Ada, "good bye then");
        await lab.Workflow().Start(Lab.Caller(A.Ada), Lab.Request(Lab.Direct, customer: "C-17 and too long"));

        Assert.Contains(brokered.Id.Value, lab.Logs.Text, StringComparison.Ordinal);
        Assert.Contains(brokered.Call, lab.Logs.Text, StringComparison.Ordinal);
        string[] never = ["ek_", OwnSecret.Hash(brokered.Secret), "issuer.test", "acme", "C-17", "T-9", "good bye then", "v=0", "Greet"];
        Assert.All(never, text => Assert.DoesNotContain(text, lab.Logs.Text, StringComparison.Ordinal));
    }
}
