using SessionGrains.Chaos.Oracle;
using Xunit;

namespace SessionGrains.Chaos.OracleTests;

/// <summary>A history that breaks a promise about calls is seen to break it, and no other.</summary>
public sealed class CallPromiseTests
{
    private static readonly Promise OnTime = CallPromises.HungUpWithin(TimeSpan.FromSeconds(2));
    private static readonly Promise HeldAgain = CallPromises.HeldAgainWithin(TimeSpan.FromSeconds(20));
    private static readonly Promise Meanwhile = CallPromises.HungUpMeanwhile("the database is down", TimeSpan.FromSeconds(5));

    [Fact]
    public void A_life_as_it_should_be_breaks_nothing()
    {
        Promise[] all =
        [
            CallPromises.Owned, OnTime, CallPromises.NoneEnded, CallPromises.NothingAfterTheEnd, CallPromises.Quota(1), ToolPromises.NoneTwice, ToolPromises.Truthful, ToolPromises.NoneTakenBack,
            ToolPromises.NoneFails, ToolPromises.AnsweredWithin(TimeSpan.FromSeconds(5)), RecordPromises.EverythingEnds, RecordPromises.EveryYesIsStored, AnswerPromises.Clean, AnswerPromises.OneWorkflowPerKey,
        ];

        Assert.All(all, promise => Assert.True(promise.Judge(A.Life).IsKept, promise.Name));
    }

    [Fact]
    public void A_call_without_a_workflow_is_seen() => Broken(CallPromises.Owned, A.Life with { Mints = [], Stored = [] });

    [Fact]
    public void A_call_that_is_older_than_its_workflow_is_seen() =>
        Broken(CallPromises.Owned, A.Life with { Stored = [A.Workflow() with { CreatedAt = A.Second(1.5) }], Mints = [] });

    [Fact]
    public void A_secret_without_a_workflow_is_seen() =>
        Broken(CallPromises.Owned, A.Life with { Mints = [.. A.Life.Mints, new("test.1.2", A.Second(3))] });

    [Fact]
    public void A_late_hang_up_is_seen() => Broken(OnTime, A.Life with { Calls = [A.Call(to: 22.5)] });

    [Fact]
    public void A_hang_up_that_never_came_is_seen() => Broken(OnTime, A.Life with { Calls = [A.Call(to: null)] });

    [Fact]
    public void An_early_hang_up_is_seen() => Broken(OnTime, A.Life with { Calls = [A.Call(to: 19)] });

    [Fact]
    public void A_call_that_nobody_was_given_may_be_hung_up_at_once() =>
        Assert.True(OnTime.Judge(A.Life with { Calls = [A.Call(to: 2)], Replies = [A.Reply(Ask.Connect, 503)] }).IsKept);

    [Fact]
    public void A_call_that_died_with_the_silo_that_created_it_is_not_held_against_a_workflow_that_says_so() =>
        Assert.Empty(OnTime.Judge(A.Life with { Calls = [A.Call(), A.Call("rtc_lost", to: null)], Stored = [A.Workflow() with { HangUp = "unverified" }] }).Violations);

    [Fact]
    public void A_promise_that_nothing_put_to_the_test_is_not_kept() => Assert.False(OnTime.Judge(A.Life with { Calls = [] }).IsKept);

    [Fact]
    public void A_call_that_a_wrong_clock_ended_early_is_seen()
    {
        var trueTime = CallPromises.LastsAsLongAsPromised(TimeSpan.FromSeconds(5));

        Assert.True(trueTime.Judge(A.Life).IsKept);
        Broken(trueTime, A.Life with { Calls = [A.Call(to: 10)] });
        Broken(trueTime, A.Life with { Calls = [A.Call(to: 30)] });
    }

    [Fact]
    public void A_hang_up_that_waited_for_the_database_is_seen()
    {
        var history = A.Life with { Troubles = [new("the database is down", A.Second(18), A.Second(33))] };

        Assert.True(Meanwhile.Judge(history).IsKept);
        Broken(Meanwhile, history with { Calls = [A.Call(to: 34)] });
        Assert.False(Meanwhile.Judge(A.Life).IsKept, "Without an outage nothing was tried.");
    }

    [Fact]
    public void A_call_that_stays_without_an_owner_is_seen()
    {
        var lost = A.Call(to: 60) with { Sidebands = [new(A.Second(1), A.Second(10))] };

        Broken(HeldAgain, A.Life with { Calls = [lost] });
        Broken(HeldAgain, A.Life with { Calls = [lost with { Sidebands = [.. lost.Sidebands, new(A.Second(31), A.Second(60.1))] }] });
        Assert.True(HeldAgain.Judge(A.Life with { Calls = [lost with { Sidebands = [.. lost.Sidebands, new(A.Second(18), A.Second(60.1))] }] }).IsKept);
    }

    [Fact]
    public void A_call_that_is_handed_over_is_never_without_an_owner()
    {
        var handedOver = A.Call(to: 60) with { Sidebands = [new(A.Second(1), A.Second(10)), new(A.Second(9.9), A.Second(60.1))] };

        Assert.Contains("0.0 s", HeldAgain.Judge(A.Life with { Calls = [handedOver] }).Figure);
    }

    [Fact]
    public void A_call_that_a_fault_ended_is_seen() => Broken(CallPromises.NoneEnded, A.Life with { Stored = [A.Workflow() with { EndReason = "control_lost" }] });

    [Fact]
    public void A_secret_after_the_end_is_seen() => Broken(CallPromises.NothingAfterTheEnd, A.Life with { Mints = [new(A.Tag, A.Second(21))] });

    [Fact]
    public void A_call_after_the_end_is_seen() => Broken(CallPromises.NothingAfterTheEnd, A.Life with { Calls = [A.Call(from: 29, to: 30)] });

    [Fact]
    public void A_tool_call_after_the_end_is_seen() => Broken(CallPromises.NothingAfterTheEnd, A.Life with { ToolRequests = [A.Request(at: 26)] });

    [Fact]
    public void One_call_too_many_for_a_moment_is_seen()
    {
        Call[] calls = [A.Call(), A.Call("rtc_2", "test.1.2", from: 20.05, to: 30), A.Call("rtc_3", "test.1.3", from: 2, to: 30, user: "bob")];

        Broken(CallPromises.Quota(1), A.Life with { Calls = calls });
        Assert.True(CallPromises.Quota(2).Judge(A.Life with { Calls = calls }).IsKept);
        Assert.True(CallPromises.Quota(1).Judge(A.Life with { Calls = [calls[0], calls[1] with { CreatedAt = A.Second(20.1) }] }).IsKept, "One may begin where another ends.");
    }

    [Fact]
    public void A_call_that_was_never_hung_up_takes_its_place_for_ever() =>
        Broken(CallPromises.Quota(1), A.Life with { Calls = [A.Call(to: null), A.Call("rtc_2", "test.1.2", from: 3000, to: 3010)] });

    [Fact]
    public void A_call_that_was_lost_with_its_creator_takes_its_place_until_its_workflow_ends()
    {
        var lost = A.Workflow() with { HangUp = "unverified", Calls = [] };
        History With(Stored stored, double next) => A.Life with { Stored = [stored], Calls = [A.Call(to: null), A.Call("rtc_2", "test.1.2", from: next, to: 3010)] };

        Assert.True(CallPromises.Quota(1).Judge(With(lost, next: 20.1)).IsKept);
        Broken(CallPromises.Quota(1), With(lost, next: 19.9));
        Broken(CallPromises.Quota(1), With(lost with { Calls = ["rtc_1"] }, next: 20.1));
        Broken(CallPromises.Quota(1), With(lost with { HangUp = "confirmed" }, next: 20.1));
    }

    private static void Broken(Promise promise, History history) => Assert.Single(promise.Judge(history).Violations);
}
