using Xunit;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>Slots, idempotency keys and secrets: what there is only so many of.</summary>
public sealed class QuotaTests
{
    private const string Solo = "solo";

    [Fact]
    public async Task Fifty_starts_with_one_key_at_once_are_one_workflow()
    {
        await using var lab = await Lab.Start(definitions: [Lab.Definition(Solo, "client_secret", """{"max_secrets":3}""", """{"live_per_user":50,"starts_per_user_per_minute":50}""")]);

        var starts = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => lab.Workflow().Start(Lab.Caller(A.Ada), Lab.Request(Solo, "key-1"))));

        Assert.All(starts, start => Assert.Null(start.Refusal));
        var id = Assert.Single(starts.Select(start => start.Value!.Workflow.Id).Distinct());
        Assert.Single(starts, start => !start.Value!.IsReplay);
        Assert.Equal(3, starts.Select(start => start.Value!.Secret?.Value).Where(secret => secret is not null).Distinct().Count());
        Assert.Equal(3, lab.OpenAI.Mints.Asked.Count);
        Assert.Equal(3, (await lab.State(id)).SecretsMinted);
        Assert.Equal(1, (await lab.Query("SELECT count(*) FROM orleansstorage WHERE graintypestring = 'workflow'", row => row.GetInt64(0))).Single());
        Assert.Equal(1, (await lab.Query("SELECT count(*) FROM slot", row => row.GetInt64(0))).Single());
    }

    [Fact]
    public async Task A_key_with_another_request_is_refused()
    {
        await using var lab = await Lab.Start();
        await lab.Begin(Lab.Direct, key: "key-1");

        var reused = await lab.Workflow().Start(Lab.Caller(A.Ada), Lab.Request(Lab.Direct, "key-1", customer: "C-18"));
        var elsewhere = await lab.Workflow().Start(Lab.Caller(A.Ada), Lab.Request(Lab.Brokered, "key-1"));
        var somebodyElse = await lab.Workflow().Start(Lab.Caller(A.Eve), Lab.Request(Lab.Direct, "key-1", customer: "C-18"));

        Assert.Equal(RefusalCode.IdempotencyKeyReused, reused.Refusal?.Code);
        Assert.Equal(RefusalCode.IdempotencyKeyReused, elsewhere.Refusal?.Code);
        Assert.Null(somebodyElse.Refusal);
        Assert.Equal(2, lab.OpenAI.Mints.Asked.Count);
    }

    [Fact]
    public async Task A_repeat_after_the_end_answers_with_the_ended_workflow_and_no_secret()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin(key: "key-1");
        await workflow.Grain.End(A.Ada, null);

        var repeat = await lab.Workflow().Start(Lab.Caller(A.Ada), Lab.Request(Lab.Brokered, "key-1"));

        Assert.Equal((workflow.Id, Phase.Ended, null, true), (repeat.Value!.Workflow.Id, repeat.Value.Workflow.Phase, repeat.Value.Secret, repeat.Value.IsReplay));
    }

    [Fact]
    public async Task A_slot_comes_back_when_its_workflow_ends()
    {
        await using var lab = await Lab.Start(definitions: [Lab.Definition(Solo, "brokered", quotas: """{"live_per_user":1}""")]);
        var first = await lab.Begin(Solo);
        Assert.Equal(RefusalCode.QuotaExceeded, (await TryStart(lab, Solo)).Refusal?.Code);

        await first.Grain.End(A.Ada, null);

        Assert.Null((await TryStart(lab, Solo)).Refusal);
    }

    [Fact]
    public async Task A_slot_comes_back_when_its_workflow_could_not_be_saved()
    {
        await using var lab = await Lab.Start(sweeps: true, definitions: [Lab.Definition(Solo, "brokered", quotas: """{"live_per_user":1}""")]);
        lab.Storage.RefuseNext(_ => true);
        Assert.Equal(RefusalCode.StorageUnavailable, (await TryStart(lab, Solo)).Refusal?.Code);
        Assert.Equal(RefusalCode.QuotaExceeded, (await TryStart(lab, Solo)).Refusal?.Code);

        lab.Clock.Advance(A.Seconds(62));

        await Lab.Eventually(async () => (await lab.Query("SELECT count(*) FROM slot", row => row.GetInt64(0))).Single() == 0);
        Assert.Null((await TryStart(lab, Solo)).Refusal);
    }

    [Fact]
    public async Task A_start_whose_saving_was_done_but_timed_out_holds_its_slot_until_it_expires()
    {
        await using var lab = await Lab.Start(definitions: [Lab.Definition(Solo, "brokered", quotas: """{"live_per_user":1}""")]);
        lab.Storage.LoseAnswerOfNext(_ => true);
        var workflow = lab.Workflow();
        Assert.Equal(RefusalCode.StorageUnavailable, (await workflow.Start(Lab.Caller(A.Ada), Lab.Request(Solo))).Refusal?.Code);
        Assert.Equal(RefusalCode.QuotaExceeded, (await TryStart(lab, Solo)).Refusal?.Code);

        lab.Clock.Advance(A.Seconds(45));

        Assert.Equal(EndReason.NeverConnected, (await lab.Reaches(workflow.Id, Phase.Ended)).EndReason);
        Assert.Null((await TryStart(lab, Solo)).Refusal);
    }

    [Fact]
    public async Task A_newer_start_supersedes_the_older_one_hangs_its_call_up_and_takes_its_slot()
    {
        await using var lab = await Lab.Start(definitions: [Lab.Definition(Solo, "brokered", quotas: """{"live_per_user":1,"when_user_is_full":"supersede"}""")]);
        var older = await lab.BeginCall(Solo);

        var newer = await lab.Begin(Solo);

        var view = await older.View();
        Assert.Equal((Phase.Ended, EndReason.Superseded, HangUpResult.Confirmed), (view.Phase, view.EndReason!.Value, view.HangUp!.Value));
        Assert.Equal([new(older.Call, null)], lab.OpenAI.HangUps.Asked);
        Assert.Equal(Phase.Ready, (await newer.View()).Phase);
    }

    [Fact]
    public async Task A_newer_start_gets_no_slot_while_the_older_call_cannot_be_hung_up()
    {
        await using var lab = await Lab.Start(definitions: [Lab.Definition(Solo, "brokered", quotas: """{"live_per_user":1,"when_user_is_full":"supersede"}""")]);
        var older = await lab.BeginCall(Solo);
        lab.OpenAI.HangUps.Always(_ => new SessionGrains.OpenAI.HangUpReply.Failed(PretendOpenAI.Fault()));

        Assert.Equal(RefusalCode.QuotaExceeded, (await TryStart(lab, Solo)).Refusal?.Code);
        Assert.Equal(Phase.Ending, (await older.View()).Phase);
    }

    [Fact]
    public async Task A_newer_start_waits_until_it_is_known_whether_the_older_one_has_a_call()
    {
        await using var lab = await Lab.Start(definitions: [Lab.Definition(Solo, "brokered", quotas: """{"live_per_user":1,"when_user_is_full":"supersede"}""")]);
        var older = await lab.Begin(Solo);
        var creation = lab.OpenAI.Creations.Hold();
        var connecting = older.Connect();
        var newer = await StartOnceArrived(lab, creation);
        creation.Open();

        Assert.Null((await newer).Refusal);
        Assert.Equal(RefusalCode.WorkflowEnded, (await connecting).Refusal?.Code);
        Assert.Equal((Phase.Ended, EndReason.Superseded, HangUpResult.Confirmed), ((await older.View()).Phase, (await older.View()).EndReason!.Value, (await older.View()).HangUp!.Value));
    }

    [Fact]
    public async Task A_newer_start_does_not_wait_for_ever_for_the_older_one()
    {
        await using var lab = await Lab.Start(definitions: [Lab.Definition(Solo, "brokered", quotas: """{"live_per_user":1,"when_user_is_full":"supersede"}""")]);
        var older = await lab.Begin(Solo);
        var creation = lab.OpenAI.Creations.Hold();
        var connecting = older.Connect();
        var newer = await StartOnceArrived(lab, creation);
        lab.Clock.Advance(A.Seconds(10));

        Assert.Equal(RefusalCode.QuotaExceeded, (await newer).Refusal?.Code);
        creation.Open();
        Assert.Equal(RefusalCode.WorkflowEnded, (await connecting).Refusal?.Code);
    }

    [Fact]
    public async Task A_tenant_has_only_so_many_live_workflows()
    {
        await using var lab = await Lab.Start(definitions: [Lab.Definition(Solo, "brokered", quotas: """{"live_per_user":5,"live_per_tenant":2}""")]);
        await lab.Begin(Solo);
        await lab.Begin(Solo, A.Eve);

        Assert.Equal(RefusalCode.QuotaExceeded, (await TryStart(lab, Solo)).Refusal?.Code);
        var elsewhere = A.Ada with { Tenant = "other" };
        Assert.Null((await lab.Workflow().Start(Lab.Caller(elsewhere), Lab.Request(Solo))).Refusal);
    }

    [Fact]
    public async Task A_user_starts_only_so_many_workflows_in_a_minute_and_is_told_when_to_come_back()
    {
        await using var lab = await Lab.Start(definitions: [Lab.Definition(Solo, "brokered", quotas: """{"live_per_user":5,"starts_per_user_per_minute":2}""")]);
        await lab.Begin(Solo);
        lab.Clock.Advance(A.Seconds(20));
        await lab.Begin(Solo);

        var refused = await TryStart(lab, Solo);
        Assert.Equal((RefusalCode.RateLimited, A.Seconds(40)), (refused.Refusal!.Code, refused.Refusal.RetryAfter!.Value));

        lab.Clock.Advance(A.Seconds(40));
        Assert.Null((await TryStart(lab, Solo)).Refusal);
    }

    [Theory]
    [InlineData(Lab.Brokered)]
    [InlineData(Lab.Direct)]
    public async Task Fresh_secrets_are_given_until_there_were_as_many_as_the_policy_has(string definition)
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin(definition);

        var second = await workflow.RenewSecret(A.Ada);
        var third = await workflow.RenewSecret(A.Ada);
        var fourth = await workflow.RenewSecret(A.Ada);

        Assert.Equal(3, new[] { workflow.Secret, second.Value!.Secret!.Value, third.Value!.Secret!.Value }.Distinct().Count());
        Assert.Equal(RefusalCode.QuotaExceeded, fourth.Refusal?.Code);
        Assert.Equal(definition == Lab.Direct ? 3 : 0, lab.OpenAI.Mints.Asked.Count);
        Assert.Equal(3, (await lab.State(workflow.Id)).SecretsMinted);
    }

    [Fact]
    public async Task A_fresh_secret_that_could_not_be_minted_does_not_count()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin(Lab.Direct);
        lab.OpenAI.Mints.Next(new SessionGrains.OpenAI.Reply<SessionGrains.OpenAI.MintedSecret>.Unknown(PretendOpenAI.Fault()));

        Assert.Equal(RefusalCode.ProviderUnavailable, (await workflow.RenewSecret(A.Ada)).Refusal?.Code);
        Assert.Equal(1, (await lab.State(workflow.Id)).SecretsMinted);
        Assert.Equal(Phase.Ready, (await workflow.View()).Phase);
    }

    private static Task<Outcome<StartedWorkflow>> TryStart(Lab lab, string definition) =>
        lab.Workflow().Start(Lab.Caller(A.Ada), Lab.Request(definition));

    /// <summary>A start that waits for an older workflow, whose call is being created.</summary>
    private static async Task<Task<Outcome<StartedWorkflow>>> StartOnceArrived(Lab lab, Gate creation)
    {
        await creation.Arrived;
        var waits = lab.Clock.Waits;
        var newer = TryStart(lab, Solo);
        await lab.Clock.WaitOf(A.Seconds(10), A.Seconds(10), after: waits);
        return newer;
    }
}
