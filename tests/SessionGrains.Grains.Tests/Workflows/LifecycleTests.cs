using SessionGrains.Grains.Workflows;
using Xunit;
using static SessionGrains.Grains.Tests.Workflows.A;
using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Tests.Workflows;

public sealed class LifecycleTests
{
    [Fact]
    public void A_begun_workflow_is_ready_and_due_when_its_time_to_attach_is_over()
    {
        var state = Ready();

        Assert.Equal(Phase.Ready, state.Phase);
        Assert.Equal((Noon + Seconds(45)).ToUnixTimeMilliseconds(), state.DueAt);
        Assert.Equal(Noon + Seconds(900), state.ExpiresAt);
    }

    [Fact]
    public void A_stranger_finds_nothing_in_any_phase_that_still_knows_its_owner()
    {
        WorkflowState[] states = [Ready(), Connecting(), Active(), Active(ConnectionMode.ClientSecret), Ending()];
        WorkflowCommand[] commands = [new End(EndReason.UserEnded) { By = Eve }, new RenewSecret("h") { By = Eve }, new ReportCall(Call("x")) { By = Eve }];

        foreach (var state in states)
        {
            Assert.All(commands, command => Assert.Equal(new Decision(state, Refusal.NotFound), Decide(state, command)));
        }
    }

    [Fact]
    public void A_call_may_exist_from_the_moment_that_its_creation_is_decided()
    {
        var state = Connecting();

        Assert.Equal(Phase.Connecting, state.Phase);
        Assert.Equal("attempt-1", state.Attempt?.Id);
        Assert.True(state.Secrets[0].IsUsed);
    }

    [Fact]
    public void A_secret_works_once() =>
        Assert.Equal(RefusalCode.ClientSecretUsed, Decide(Active(), new Connect("hash-1", "attempt-2")).Refusal?.Code);

    [Fact]
    public void A_secret_expires()
    {
        Assert.Null(Decide(Ready(), new Connect("hash-1", "attempt-1"), 29).Refusal);
        Assert.Equal(RefusalCode.InvalidClientSecret, Decide(Ready(), new Connect("hash-1", "attempt-1"), 30).Refusal?.Code);
    }

    [Fact]
    public void An_unknown_secret_opens_nothing_in_any_phase()
    {
        WorkflowState[] states = [WorkflowState.None, Ready(), Connecting(), Active(), Ending(), Ended()];

        Assert.All(states, state => Assert.Equal(RefusalCode.InvalidClientSecret, Decide(state, new Connect("guess", "a")).Refusal?.Code));
    }

    [Fact]
    public void A_definite_refusal_by_the_provider_leaves_the_secret_unused()
    {
        var state = Decide(Connecting(), new CallRefused("attempt-1", "403")).Next;

        Assert.Equal(Phase.Ready, state.Phase);
        Assert.Null(Decide(state, new Connect("hash-1", "attempt-2")).Refusal);
    }

    [Fact]
    public void An_attempt_of_unknown_outcome_uses_the_secret_up_and_makes_the_end_unverified()
    {
        var state = Decide(Connecting(), new CallUnknown("attempt-1", "timeout")).Next;
        Assert.Equal(RefusalCode.ClientSecretUsed, Decide(state, new Connect("hash-1", "attempt-2")).Refusal?.Code);

        var ended = Decide(state, new End(EndReason.UserEnded) { By = Ada }).Next;
        Assert.Equal((Phase.Ended, HangUpResult.Unverified), (ended.Phase, ended.HangUp!.Value));
    }

    [Fact]
    public void An_attempt_that_nobody_answers_for_counts_as_unknown()
    {
        var state = Decide(Connecting(), Look(), Lifecycle.AttemptTime.TotalSeconds).Next;

        Assert.Equal((Phase.Ready, true), (state.Phase, state.MayHaveLostACall));
    }

    [Fact]
    public void A_call_that_is_created_after_the_end_is_hung_up_and_its_browser_gets_no_answer()
    {
        var ending = Decide(Connecting(), new End(EndReason.UserEnded) { By = Ada }).Next;
        Assert.Equal(Phase.Ending, ending.Phase);

        var decision = Decide(ending, new CallCreated("attempt-1", Call("late")));

        Assert.Equal(RefusalCode.WorkflowEnded, decision.Refusal?.Code);
        Assert.Equal(["rtc_late"], decision.Next.Owed.Select(owed => owed.CallId));
    }

    [Fact]
    public void A_call_that_is_created_for_a_tombstone_or_for_nothing_at_all_is_hung_up()
    {
        Assert.Equal(["rtc_zombie"], Decide(Ended(), new CallCreated("attempt-1", Call("zombie"))).Next.Owed.Select(owed => owed.CallId));
        Assert.Equal(["rtc_zombie"], Decide(WorkflowState.None, new CallCreated("attempt-1", Call("zombie"))).Next.Owed.Select(owed => owed.CallId));
    }

    [Fact]
    public void A_call_that_was_hung_up_although_it_is_stored_as_the_present_one_leaves_time_for_another()
    {
        var state = Decide(Active(), new HangUpSettled(Call("one"), HangUpResult.Confirmed), 100).Next;

        Assert.Equal((Phase.Ready, null), (state.Phase, state.CallId));
        Assert.Equal((Noon + Seconds(100) + Lifecycle.AttemptTime).ToUnixTimeMilliseconds(), state.DueAt);
        Assert.Equal(HangUpResult.Confirmed, Decide(state, new End(EndReason.UserEnded) { By = Ada }).Next.HangUp);
    }

    [Fact]
    public void A_reconnect_hangs_up_the_call_before_it()
    {
        var renewed = Next(Active(), new RenewSecret("hash-2") { By = Ada }, Noon);
        var state = Next(renewed, new Connect("hash-2", "attempt-2"), Noon);

        Assert.Null(state.CallId);
        Assert.Equal(["rtc_one"], state.Owed.Select(owed => owed.CallId));
    }

    [Fact]
    public void Secrets_are_counted_and_the_first_one_counts_too()
    {
        var two = Next(Ready(), new RenewSecret("hash-2") { By = Ada }, Noon);
        var three = Next(two, new RenewSecret("hash-3") { By = Ada }, Noon);

        var refusal = Decide(three, new RenewSecret("hash-4") { By = Ada }).Refusal;

        Assert.Equal(RefusalCode.QuotaExceeded, refusal?.Code);
        Assert.NotNull(refusal!.RetryAfter);
    }

    [Fact]
    public void A_different_call_is_taken_once_for_each_secret_and_the_old_one_is_hung_up()
    {
        var renewed = Next(Active(ConnectionMode.ClientSecret), new RenewSecret(null) { By = Ada }, Noon);

        var state = Next(renewed, new ReportCall(Call("two")) { By = Ada }, Noon);

        Assert.Equal("rtc_two", state.CallId);
        Assert.Equal(["rtc_one"], state.Owed.Select(owed => owed.CallId));
    }

    [Fact]
    public void A_second_call_with_one_secret_ends_the_workflow_and_both_calls_are_hung_up()
    {
        var state = Next(Active(ConnectionMode.ClientSecret), new ReportCall(Call("two")) { By = Ada }, Noon);

        Assert.Equal((Phase.Ending, EndReason.PolicyViolation), (state.Phase, state.EndReason!.Value));
        Assert.Equal(["rtc_one", "rtc_two"], state.Owed.Select(owed => owed.CallId).Order());
    }

    [Fact]
    public void Reporting_the_same_call_again_changes_nothing()
    {
        var state = Active(ConnectionMode.ClientSecret);

        Assert.Equal(new Decision(state), Decide(state, new ReportCall(Call("one")) { By = Ada }));
    }

    [Fact]
    public void A_call_that_is_reported_after_the_end_is_refused_and_hung_up()
    {
        WorkflowState[] states = [Ending(ConnectionMode.ClientSecret), Ended(ConnectionMode.ClientSecret)];
        foreach (var state in states)
        {
            var decision = Decide(state, new ReportCall(Call("late")) { By = Ada });

            Assert.Equal(RefusalCode.WorkflowEnded, decision.Refusal?.Code);
            Assert.Contains("rtc_late", decision.Next.Owed.Select(owed => owed.CallId));
            Assert.Equal(state.Phase, decision.Next.Phase);
        }
    }

    [Fact]
    public void Nobody_can_have_more_late_calls_hung_up_than_secrets_can_explain()
    {
        var first = Decide(Ended(ConnectionMode.ClientSecret), new ReportCall(Call("late")) { By = Ada }).Next;

        Assert.Equal(new Decision(first, Refusal.WorkflowEnded), Decide(first, new ReportCall(Call("later")) { By = Ada }));
    }

    [Fact]
    public void Where_the_server_creates_the_calls_no_reported_call_is_hung_up()
    {
        var ended = Ended();

        Assert.Equal(new Decision(ended, Refusal.WorkflowEnded), Decide(ended, new ReportCall(Call("late")) { By = Ada }));
    }

    [Fact]
    public void A_stranger_finds_no_tombstone() =>
        Assert.Equal(Refusal.NotFound, Decide(Ended(), new ReportCall(Call("late")) { By = Eve }).Refusal);

    [Fact]
    public void A_secret_is_used_up_by_its_fifth_refused_offer()
    {
        var state = Ready();
        for (var refusal = 1; refusal <= 5; refusal++)
        {
            Assert.Null(Decide(state, new Connect("hash-1", $"attempt-{refusal}")).Refusal);
            state = Decide(Decide(state, new Connect("hash-1", $"attempt-{refusal}")).Next, new CallRefused($"attempt-{refusal}", "400")).Next;
        }

        Assert.Equal(RefusalCode.ClientSecretUsed, Decide(state, new Connect("hash-1", "attempt-6")).Refusal?.Code);
    }

    [Fact]
    public void A_late_repeat_of_an_earlier_report_changes_nothing()
    {
        var renewed = Next(Active(ConnectionMode.ClientSecret), new RenewSecret(null) { By = Ada }, Noon);
        var replaced = Next(renewed, new ReportCall(Call("two")) { By = Ada }, Noon);

        Assert.Equal(new Decision(replaced), Decide(replaced, new ReportCall(Call("one")) { By = Ada }));
    }

    [Fact]
    public void A_secret_of_OpenAI_lives_no_longer_than_its_workflow_waits_for_a_call()
    {
        var late = Ready(ConnectionMode.ClientSecret);

        Assert.Equal(Seconds(30), Secrets.TimeToLive(late, Limits, Noon));
        Assert.Equal(Seconds(20), Secrets.TimeToLive(late, Limits, Noon + Seconds(25)));
        Assert.Equal(Seconds(10), Secrets.TimeToLive(late, Limits, Noon + Seconds(44)));
    }

    [Fact]
    public void A_secret_without_a_reported_call_makes_the_end_unverified()
    {
        var ended = Decide(Ready(ConnectionMode.ClientSecret), new End(EndReason.UserEnded) { By = Ada }).Next;

        Assert.Equal((Phase.Ended, HangUpResult.Unverified), (ended.Phase, ended.HangUp!.Value));
    }

    [Fact]
    public void A_workflow_whose_first_mint_failed_ends_without_a_call()
    {
        var ended = Decide(Ready(ConnectionMode.ClientSecret), new MintFailed("429")).Next;

        Assert.Equal((Phase.Ended, EndReason.Failed, HangUpResult.NotNeeded), (ended.Phase, ended.EndReason!.Value, ended.HangUp!.Value));
    }

    [Fact]
    public void A_mint_that_failed_while_another_secret_is_out_ends_nothing()
    {
        var two = Next(Ready(ConnectionMode.ClientSecret), new RenewSecret(null) { By = Ada }, Noon);

        Assert.Equal(Phase.Ready, Decide(two, new MintFailed("429")).Next.Phase);
    }

    [Fact]
    public void However_often_a_mint_fails_the_timeline_holds_the_secrets_that_were_minted()
    {
        var two = Next(Ready(ConnectionMode.ClientSecret), new RenewSecret(null) { By = Ada }, Noon);
        var state = two;
        for (var tries = 0; tries < 3; tries++)
        {
            state = Next(Next(state, new RenewSecret(null) { By = Ada }, Noon), new MintFailed("429"), Noon);
        }

        Assert.Equal(two.Timeline, state.Timeline);
        Assert.Equal(two.SecretsMinted, state.SecretsMinted);
    }

    [Fact]
    public void The_end_waits_for_every_owed_hang_up()
    {
        Assert.Equal(Phase.Ending, Ending().Phase);

        var ended = Decide(Ending(), new HangUpSettled(Call("one"), HangUpResult.AlreadyGone)).Next;

        Assert.Equal((Phase.Ended, HangUpResult.AlreadyGone), (ended.Phase, ended.HangUp!.Value));
    }

    [Fact]
    public void A_call_is_new_for_ten_seconds_from_when_it_was_heard_of_and_an_unknown_one_from_when_its_hang_up_was_owed()
    {
        var owed = new OwedHangUp("rtc_one", Noon + Seconds(5));

        Assert.True(Calls.IsNew(Active(), owed, Noon + Seconds(9)));
        Assert.False(Calls.IsNew(Active(), owed, Noon + Seconds(10)));
        Assert.True(Calls.IsNew(Ended(), owed, Noon + Seconds(14)));
        Assert.False(Calls.IsNew(Ended(), owed, Noon + Seconds(15)));
    }

    [Fact]
    public void The_end_waits_for_a_call_that_may_yet_be_created()
    {
        var ending = Decide(Connecting(), new End(EndReason.UserEnded) { By = Ada }).Next;
        Assert.Equal(Phase.Ending, ending.Phase);

        var ended = Decide(ending, new CallRefused("attempt-1", "403")).Next;
        Assert.Equal((Phase.Ended, HangUpResult.NotNeeded), (ended.Phase, ended.HangUp!.Value));
    }

    [Fact]
    public void The_first_end_reason_stays()
    {
        var state = Decide(Ending(), new End(EndReason.Revoked)).Next;

        Assert.Equal(EndReason.UserEnded, state.EndReason);
    }

    [Fact]
    public void A_tombstone_holds_no_personal_data()
    {
        var tombstone = Lifecycle.Tombstone(Ended() with { Owner = Ada, EndDetail = "I am Ada", CallId = "rtc_x" });

        Assert.Null(tombstone.Owner);
        Assert.Null(tombstone.EndDetail);
        Assert.Empty(tombstone.Values);
        Assert.Empty(tombstone.Metadata);
        Assert.Empty(tombstone.Timeline);
    }

    [Fact]
    public void A_secret_of_an_ended_workflow_is_told_so() =>
        Assert.Equal(RefusalCode.WorkflowEnded, Decide(Ended(), new Connect("hash-1", "a")).Refusal?.Code);

    [Fact]
    public void News_of_the_call_end_the_workflow_and_owe_the_hang_up()
    {
        var state = Decide(Active(), new CallOver(Call("one"), EndReason.PolicyViolation, "$.instructions")).Next;

        Assert.Equal((Phase.Ending, EndReason.PolicyViolation, "$.instructions"), (state.Phase, state.EndReason!.Value, state.EndDetail));
        Assert.Equal(["rtc_one"], state.Owed.Select(owed => owed.CallId));
    }

    [Fact]
    public void News_of_another_call_end_nothing()
    {
        WorkflowState[] states = [WorkflowState.None, Ready(), Connecting(), Active(), Ending(), Ended()];

        Assert.All(states, state => Assert.Equal(new Decision(state), Decide(state, new CallOver(Call("before"), EndReason.CallEnded, ""))));
    }

    [Fact]
    public void A_checkpoint_decides_nothing()
    {
        WorkflowState[] states = [WorkflowState.None, Ready(), Connecting(), Active(), Ending(), Ended()];

        Assert.All(states, state => Assert.Equal(new Decision(state), Decide(state, new Checkpoint())));
    }
}
