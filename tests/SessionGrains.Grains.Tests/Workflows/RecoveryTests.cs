using Microsoft.Data.Sqlite;
using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Tests.Sideband;
using SessionGrains.Grains.Workflows;
using SessionGrains.OpenAI;
using SessionGrains.OpenAI.Sideband;
using Xunit;
using static SessionGrains.Grains.Tests.Sideband.Told;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>What goes on after an activation died, or while the store is away.</summary>
public sealed class RecoveryTests
{
    [Fact]
    public async Task A_hang_up_that_was_owed_when_the_activation_died_is_done_by_the_next_one()
    {
        await using var lab = await Lab.Start(sweeps: true);
        var workflow = await lab.BeginCall();
        lab.OpenAI.HangUps.Next(new HangUpReply.Failed(PretendOpenAI.Fault()));
        await workflow.Grain.End(A.Ada, null);
        await lab.Forget(workflow);
        Assert.Equal(Phase.Ending, (await lab.State(workflow.Id)).Phase);

        lab.Clock.Advance(A.Seconds(2));

        Assert.Equal(HangUpResult.Confirmed, (await lab.Reaches(workflow.Id, Phase.Ended)).HangUp);
        Assert.Equal(2, lab.OpenAI.HangUps.Asked.Count);
    }

    [Fact]
    public async Task An_active_workflow_whose_activation_died_goes_on_from_the_store()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        await lab.Forget(workflow);

        Assert.Equal((Phase.Active, workflow.Call), ((await workflow.View()).Phase, (await workflow.View()).Connection.CallId));
        Assert.Equal(HangUpResult.Confirmed, (await workflow.Grain.End(A.Ada, null)).Value!.HangUp);
        Assert.Equal([new(workflow.Call, null)], lab.OpenAI.HangUps.Asked);
    }

    [Fact]
    public async Task What_a_call_used_before_its_owner_broke_counts_on()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        lab.Sidebands.Last.Tell(Started("resp_1"), Done("resp_1", usage: Usage.None with { InputTokens = 10, InputText = 10 }));
        await Lab.Eventually(async () => (await workflow.View()).Usage.Responses is 1);
        lab.Sidebands.Last.Break();
        await Lab.Eventually(() =>
        {
            lab.Clock.Advance(A.Seconds(1));
            return Task.FromResult(lab.Sidebands.Lines.Count is 2);
        });

        lab.Sidebands.Last.Tell(Started("resp_2"), Done("resp_2", usage: Usage.None with { InputTokens = 5, InputText = 5 }));

        await Lab.Eventually(async () => (await workflow.View()).Usage is { InputTokens: 15 or 5 });
        Assert.Equal((2, 15), ((await workflow.View()).Usage.Responses, (await workflow.View()).Usage.InputTokens));
    }

    [Fact]
    public async Task What_an_owner_before_still_tells_counts_for_nothing()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        await lab.Forget(workflow);
        Assert.Equal(Phase.Active, (await workflow.View()).Phase);
        await lab.Sidebands.Attached(2);

        foreach (var told in (CallNews[])[new CallNews.Used(Consumption.None with { Responses = 7 }), new CallNews.Over(EndReason.PolicyViolation, "what it saw")])
        {
            await lab.Grains.GetGrain<IWorkflowCall>(workflow.Id.Value).Heard(CallId.Parse(workflow.Call), told with { Owner = "an owner before" });
        }

        Assert.Equal((Phase.Active, 0), ((await workflow.View()).Phase, (await workflow.View()).Usage.Responses));
    }

    [Fact]
    public async Task What_a_call_used_is_an_estimate_once_it_made_room_for_another_in_the_middle_of_a_response()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        lab.Sidebands.Last.Tell(Started("resp_1"));
        await Lab.Eventually(async () => (await workflow.View()).Usage.Responses is 1);
        Assert.False((await workflow.View()).Usage.Estimated);

        var renewed = await workflow.Grain.RenewSecret(A.Ada, TestContext.Current.CancellationToken);
        Assert.Null((await (workflow with { Secret = renewed.Value!.Secret!.Value }).Connect()).Refusal);

        Assert.True((await workflow.View()).Usage.Estimated);
    }

    [Fact]
    public async Task Whoever_takes_a_live_call_over_writes_first_so_that_the_one_before_can_write_no_more()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        Assert.Null((await lab.State(workflow.Id)).Term);

        foreach (var term in (int[])[1, 2])
        {
            await lab.Forget(workflow);
            await workflow.View();
            Assert.Equal(term, (await lab.State(workflow.Id)).Term);
        }
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_call_is_taken_over_also_while_nothing_can_be_stored(bool saysWhy)
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        await lab.Forget(workflow);
        lab.Storage.FailNextOf<WorkflowState>(next => next.Term is 1, saysWhy ? FlakyDatabase.Away() : new InvalidOperationException("It takes no writes."));

        Assert.Equal(Phase.Active, (await workflow.View()).Phase);
        await lab.Sidebands.Attached(2);
        Assert.Null((await lab.State(workflow.Id)).Term);

        lab.Clock.Advance(A.Seconds(2));
        await Lab.Eventually(async () => (await lab.State(workflow.Id)).Term is 1);
    }

    [Fact]
    public async Task What_an_activation_hears_after_another_one_has_gone_on_ends_nothing()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        lab.Storage.OvertakeNext(next => next.Phase is Phase.Ending);

        await Assert.ThrowsAnyAsync<Exception>(() =>
            lab.Grains.GetGrain<IWorkflowCall>(workflow.Id.Value).Heard(CallId.Parse(workflow.Call), new CallNews.Over(EndReason.PolicyViolation, "what it saw")));

        await lab.Sidebands.Attached(2);
        Assert.Equal(Phase.Active, (await lab.State(workflow.Id)).Phase);
        Assert.Empty(lab.OpenAI.HangUps.Asked);
    }

    [Fact]
    public async Task What_an_activation_counted_is_not_stored_over_what_another_one_has_stored_since()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        lab.Storage.OvertakeNextOf<WorkflowState>(next => next.Usage is not null, state => state with { Usage = Consumption.None with { Responses = 5 } });
        lab.Sidebands.Last.Tell(Started("resp_1"), Done("resp_1", usage: Usage.None with { InputTokens = 10, InputText = 10 }));
        await Lab.Eventually(async () => (await workflow.View()).Usage.Responses is 1);

        lab.Clock.Advance(A.Seconds(10));

        await lab.Sidebands.Attached(2);
        Assert.Equal(5, (await lab.State(workflow.Id)).Usage?.Responses);
    }

    [Fact]
    public async Task An_activation_that_was_taken_over_while_it_could_not_reach_the_store_decides_nothing_when_it_can_again()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        lab.Storage.LoseNextTo(next => next.Usage is not null, state => state with { Term = 1, Usage = Consumption.None with { Responses = 5 } });
        lab.Sidebands.Last.Tell(Started("resp_1"), Done("resp_1", usage: Usage.None with { InputTokens = 10, InputText = 10 }));
        await Lab.Eventually(async () => (await workflow.View()).Usage.Responses is 1);
        lab.Clock.Advance(A.Seconds(10));
        await Lab.Eventually(async () => (await lab.State(workflow.Id)).Term is 1);

        await Assert.ThrowsAnyAsync<Exception>(() =>
            lab.Grains.GetGrain<IWorkflowCall>(workflow.Id.Value).Heard(CallId.Parse(workflow.Call), new CallNews.Over(EndReason.PolicyViolation, "what it saw")));

        await lab.Sidebands.Attached(2);
        Assert.Equal((Phase.Active, 5), ((await lab.State(workflow.Id)).Phase, (await lab.State(workflow.Id)).Usage?.Responses));
        Assert.Empty(lab.OpenAI.HangUps.Asked);
    }

    [Fact]
    public async Task Whoever_asks_an_activation_that_was_taken_over_is_served_from_what_is_stored()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        lab.Storage.OvertakeNextOf<WorkflowState>(next => next.Secrets.Length is 2, state => state with { Term = 1, Usage = Consumption.None with { Responses = 5 } });
        lab.Sidebands.Last.Tell(Started("resp_1"), Done("resp_1", usage: Usage.None with { InputTokens = 10, InputText = 10 }));
        await Lab.Eventually(async () => (await workflow.View()).Usage.Responses is 1);

        Assert.Null((await workflow.RenewSecret(A.Ada)).Refusal);

        Assert.Equal((2, 5), ((await lab.State(workflow.Id)).Secrets.Length, (await lab.State(workflow.Id)).Usage?.Responses));
    }

    [Fact]
    public async Task An_activation_whose_owner_met_a_later_one_goes()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();

        await lab.Grains.GetGrain<IWorkflowCall>(workflow.Id.Value).Heard(CallId.Parse(workflow.Call), new CallNews.Superseded());

        await Lab.Eventually(async () => await workflow.View() is { Phase: Phase.Active } && (await lab.State(workflow.Id)).Term is 1);
        await lab.Sidebands.Attached(2);
    }

    [Fact]
    public async Task A_call_whose_owner_broke_gets_another_one()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        lab.Sidebands.Last.Break();
        await Lab.Eventually(async () => (await workflow.View()).Control is Control.Degraded);

        await Lab.Eventually(() =>
        {
            lab.Clock.Advance(A.Seconds(1));
            return Task.FromResult(lab.Sidebands.Lines.Count is 2);
        });

        await Lab.Eventually(async () => (await workflow.View()).Control is Control.Full);
        Assert.Equal(Phase.Active, (await workflow.View()).Phase);
    }

    [Fact]
    public async Task A_call_that_cannot_be_taken_over_yet_has_the_time_that_is_allowed_without_control()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        await lab.Query(
            """
            INSERT INTO orleansstorage (grainidhash, grainidn0, grainidn1, graintypehash, graintypestring, grainidextensionstring, serviceid, payloadbinary, modifiedon, version)
            VALUES (0, 0, 0, 0, 'tool_call', @key, 'test', CAST('{"schema":1,"stage":"of_tomorrow"}' AS BLOB), 0, 1)
            """,
            _ => 0,
            ("key", $"{workflow.Id}/call_1"));
        await lab.Forget(workflow);

        Assert.Equal((Phase.Active, Control.Degraded), ((await workflow.View()).Phase, (await workflow.View()).Control));
        lab.Clock.Advance(A.Seconds(19));
        Assert.Equal(Phase.Active, (await workflow.View()).Phase);
        Assert.Empty(lab.OpenAI.HangUps.Asked);

        lab.Clock.Advance(A.Seconds(2));
        await lab.OpenAI.HangUps.WhenAsked();
        Assert.Equal((Phase.Ending, EndReason.ControlLost), ((await lab.State(workflow.Id)).Phase, (await lab.State(workflow.Id)).EndReason));
    }

    [Fact]
    public async Task A_call_whose_owner_broke_late_while_the_store_is_away_goes_on_when_it_is_back()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        lab.Clock.Advance(A.Seconds(40));
        lab.Database.IsDown = true;
        lab.Sidebands.Last.Break();

        await Lab.Eventually(() =>
        {
            lab.Clock.Advance(A.Seconds(0.1));
            return Task.FromResult(lab.Logs.Text.Contains("tool calls cannot be read yet", StringComparison.Ordinal));
        });
        lab.Database.IsDown = false;

        await Lab.Eventually(() =>
        {
            lab.Clock.Advance(A.Seconds(0.1));
            return Task.FromResult(lab.Sidebands.Lines.Count is 2 || lab.OpenAI.HangUps.Asked.Count > 0);
        });
        Assert.Empty(lab.OpenAI.HangUps.Asked);
        await Lab.Eventually(async () => (await workflow.View()).Control is Control.Full);
    }

    [Fact]
    public async Task A_call_whose_activation_goes_because_another_one_wrote_is_held_by_the_next_one_though_nobody_asks()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin();
        // A sideband that is attached would say that it is not any more, and so wake the next activation by chance.
        lab.Sidebands.Attempts.Next(PretendSideband.Failed);
        lab.Storage.OvertakeNext(next => next.CallId is not null);

        Assert.Null((await workflow.Connect()).Refusal);

        await lab.Sidebands.Attached();
    }

    [Fact]
    public async Task An_attempt_that_died_with_its_silo_counts_as_a_call_that_may_exist()
    {
        var before = await Lab.Start();
        var workflow = await before.Begin();
        var creation = before.OpenAI.Creations.Hold();
        var connecting = workflow.Connect();
        await creation.Arrived;
        var folder = Directory.CreateTempSubdirectory("sessiongrains-lab-");
        await before.Query("VACUUM INTO @copy", _ => 0, ("copy", Path.Combine(folder.FullName, "state.db")));
        creation.Open();
        await connecting;
        await before.DisposeAsync();

        await using (var lab = await Lab.Start(sweeps: true, folder: folder, now: A.Noon + A.Seconds(20)))
        {
            await lab.Reaches(workflow.Id, Phase.Ready);
            lab.Clock.Advance(A.Seconds(900));

            Assert.Equal(HangUpResult.Unverified, (await lab.Reaches(workflow.Id, Phase.Ended)).HangUp);
        }

        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_that_is_over_while_the_store_is_away_is_hung_up_all_the_same_and_ends_when_it_is_back(bool somethingElseFailedBefore)
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        lab.Database.IsDown = true;
        if (somethingElseFailedBefore)
        {
            Assert.Equal(RefusalCode.StorageUnavailable, (await workflow.RenewSecret(A.Ada)).Refusal?.Code);
        }

        lab.Clock.Advance(A.Seconds(900));
        await lab.OpenAI.HangUps.WhenAsked();
        Assert.Equal(workflow.Call, lab.OpenAI.HangUps.Asked[0].CallId);
        Assert.Equal(Phase.Active, (await lab.State(workflow.Id)).Phase);

        lab.Database.IsDown = false;
        await Lab.Eventually(async () =>
        {
            lab.Clock.Advance(A.Seconds(1));
            return (await lab.State(workflow.Id)).Phase is Phase.Ended;
        });
        var view = await workflow.View();
        Assert.Equal((EndReason.MaxDuration, HangUpResult.Confirmed), (view.EndReason!.Value, view.HangUp!.Value));
    }

    [Fact]
    public async Task A_call_whose_time_is_over_does_not_wait_for_a_turn_that_waits_for_the_store()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        var write = lab.Storage.HoldNext(state => state.SecretsMinted is 2);
        var renewing = workflow.RenewSecret(A.Ada);
        await write.Arrived;

        lab.Clock.Advance(A.Seconds(900));
        Assert.Empty(lab.OpenAI.HangUps.Asked);
        lab.Clock.Advance(A.Seconds(1));
        await lab.OpenAI.HangUps.WhenAsked();
        Assert.Equal(Phase.Active, (await lab.State(workflow.Id)).Phase);

        write.Open();
        await renewing;
        Assert.Equal(EndReason.MaxDuration, (await lab.Reaches(workflow.Id, Phase.Ended)).EndReason);
        Assert.Equal(HangUpResult.Confirmed, (await workflow.View()).HangUp);
        Assert.Equal(workflow.Call, Assert.Single(lab.OpenAI.HangUps.Asked).CallId);
    }

    [Fact]
    public async Task An_end_while_the_store_is_away_hangs_up_and_says_that_it_is_not_stored()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        lab.Database.IsDown = true;

        Assert.Equal(RefusalCode.StorageUnavailable, (await workflow.Grain.End(A.Ada, null)).Refusal?.Code);
        await lab.OpenAI.HangUps.WhenAsked();

        lab.Database.IsDown = false;
        Assert.Equal(EndReason.UserEnded, (await workflow.Grain.End(A.Ada, null)).Value!.EndReason);
        lab.Clock.Advance(A.Seconds(1.2));
        await lab.Reaches(workflow.Id, Phase.Ended);
        Assert.Single(lab.OpenAI.HangUps.Asked);
    }

    [Fact]
    public async Task An_end_that_was_acted_on_is_stored_with_the_first_thing_that_can_be()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        await EndWhileTheStoreIsAway(lab, workflow);

        // Whatever waits may begin to do so only now.
        await Lab.Eventually(async () =>
        {
            lab.Clock.Advance(A.Seconds(0.1));
            return (await lab.State(workflow.Id)).Phase is Phase.Ended;
        });

        var ended = await lab.State(workflow.Id);
        Assert.Equal((EndReason.UserEnded, HangUpResult.Confirmed), (ended.EndReason, ended.HangUp));
    }

    [Fact]
    public async Task Once_an_end_was_acted_on_nobody_gets_another_secret()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        var hangUp = lab.OpenAI.HangUps.Hold();
        await EndWhileTheStoreIsAway(lab, workflow);

        Assert.Equal(RefusalCode.WorkflowEnded, (await workflow.RenewSecret(A.Ada)).Refusal?.Code);

        Assert.Equal((Phase.Ending, EndReason.UserEnded), ((await lab.State(workflow.Id)).Phase, (await lab.State(workflow.Id)).EndReason));
        hangUp.Open();
        await lab.Reaches(workflow.Id, Phase.Ended);
    }

    [Fact]
    public async Task What_an_activation_acted_on_binds_nobody_once_another_one_has_gone_on()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        var hangUp = lab.OpenAI.HangUps.Hold();
        await EndWhileTheStoreIsAway(lab, workflow);
        lab.Storage.OvertakeNext(next => next.Phase is Phase.Ending);

        Assert.Null((await workflow.RenewSecret(A.Ada)).Refusal);

        Assert.Equal((Phase.Active, null), ((await lab.State(workflow.Id)).Phase, (await lab.State(workflow.Id)).EndReason));
        hangUp.Open();
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_store_that_takes_no_writes_keeps_no_call_from_being_hung_up(bool saysWhy)
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        lab.Storage.FailNextOf<WorkflowState>(
            next => next.Phase is Phase.Ending,
            saysWhy ? new SqliteException("attempt to write a readonly database", 8) : new InvalidOperationException("It takes no writes."));

        if (saysWhy)
        {
            Assert.Equal(RefusalCode.StorageUnavailable, (await workflow.Grain.End(A.Ada, null)).Refusal?.Code);
        }
        else
        {
            await Assert.ThrowsAnyAsync<OrleansException>(() => workflow.Grain.End(A.Ada, null));
        }

        await lab.OpenAI.HangUps.WhenAsked();
        Assert.Equal(EndReason.UserEnded, (await lab.Reaches(workflow.Id, Phase.Ended)).EndReason);
    }

    [Fact]
    public async Task A_stranger_cannot_hang_up_by_ending_while_the_store_is_away()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        lab.Database.IsDown = true;

        Assert.False((await workflow.Grain.End(A.Eve, null)).IsAccepted);

        Assert.Empty(lab.OpenAI.HangUps.Asked);
        lab.Database.IsDown = false;
        Assert.Equal(Phase.Active, (await workflow.View()).Phase);
    }

    /// <summary>Until its hang-up was sent. It cannot be stored, and is remembered.</summary>
    private static async Task EndWhileTheStoreIsAway(Lab lab, Running workflow)
    {
        lab.Database.IsDown = true;
        Assert.Equal(RefusalCode.StorageUnavailable, (await workflow.Grain.End(A.Ada, null)).Refusal?.Code);
        await lab.OpenAI.HangUps.WhenAsked();
        lab.Database.IsDown = false;
    }
}
