using SessionGrains.Chaos.Oracle;
using Xunit;

namespace SessionGrains.Chaos.OracleTests;

/// <summary>A history that breaks a promise about tools, records, answers or processes is seen to break it.</summary>
public sealed class RecordPromiseTests
{
    private const string Down = "the database is down";

    [Fact]
    public void An_unkeyed_tool_call_that_was_sent_twice_is_seen() =>
        Broken(ToolPromises.NoneTwice, A.Life with { ToolRequests = [A.Request(), A.Request(at: 8)] });

    [Fact]
    public void A_keyed_tool_call_may_be_sent_twice_and_has_one_effect()
    {
        var sentTwice = A.Life with { ToolRequests = [A.Request("keyed_it"), A.Request("keyed_it", at: 8)], ToolEffects = [A.Request("keyed_it")] };

        Assert.True(ToolPromises.NoneTwice.Judge(sentTwice).IsKept);
        Broken(ToolPromises.NoneTwice, sentTwice with { ToolEffects = sentTwice.ToolRequests });
    }

    [Fact]
    public void A_model_that_got_no_answer_is_seen() =>
        Broken(ToolPromises.AnsweredWithin(TimeSpan.FromSeconds(10)), A.Life with { Questions = [A.Question() with { Answers = [] }] });

    [Fact]
    public void A_model_that_waited_too_long_is_seen() =>
        Broken(ToolPromises.AnsweredWithin(TimeSpan.FromSeconds(10)), A.Life with { Questions = [A.Question(at: 16)] });

    [Fact]
    public void An_answer_that_is_taken_out_of_the_conversation_is_seen_unless_it_is_given_again()
    {
        var takenOut = new ToolAnswer(A.Second(6), """{"effect":"t1"}""") { TakenOutAt = A.Second(7) };

        Broken(ToolPromises.NoneTakenBack, A.Life with { Questions = [A.Question() with { Answers = [takenOut] }] });
        Assert.True(ToolPromises.NoneTakenBack.Judge(A.Life with { Questions = [A.Question() with { Answers = [takenOut, takenOut with { At = A.Second(8) }] }] }).IsKept);
    }

    [Fact]
    public void A_success_that_nobody_did_is_seen() => Broken(ToolPromises.Truthful, A.Life with { ToolEffects = [] });

    [Fact]
    public void Two_outcomes_of_one_call_are_seen() =>
        Broken(ToolPromises.Truthful, A.Life with { Questions = [A.Question() with { Answers = [new(A.Second(6), """{"effect":"t1"}"""), new(A.Second(7), "may_have_happened")] }] });

    [Fact]
    public void A_failed_tool_call_is_seen() => Broken(ToolPromises.NoneFails, A.Life with { Questions = [A.Question("""{"status":"unknown","may_have_happened":true}""")] });

    [Fact]
    public void Copies_that_are_told_different_things_are_seen()
    {
        var copy = A.Reply(Ask.ToolCall, 200) with { ToolCall = "copy_1", Outcome = "completed", Text = "1" };

        Broken(ToolPromises.OneOutcome, A.Life with { Replies = [copy, copy with { Text = "2" }] });
        Assert.True(ToolPromises.OneOutcome.Judge(A.Life with { Replies = [copy, copy] }).IsKept);
    }

    [Fact]
    public void A_start_that_was_forgotten_is_seen() => Broken(RecordPromises.EveryYesIsStored, A.Life with { Replies = [A.Reply(Ask.Start, 201)], Stored = [] });

    [Fact]
    public void A_call_that_was_forgotten_is_seen() => Broken(RecordPromises.EveryYesIsStored, A.Life with { Stored = [A.Workflow() with { Calls = [] }] });

    [Fact]
    public void An_outcome_that_was_forgotten_is_seen()
    {
        var told = A.Life with { Replies = [A.Reply(Ask.ToolCall, 200) with { ToolCall = "t1", Outcome = "completed" }] };

        Assert.True(RecordPromises.EveryYesIsStored.Judge(told).IsKept);
        Broken(RecordPromises.EveryYesIsStored, told with { Stored = [A.Workflow() with { ToolCalls = [("t1", "Unknown")] }] });
    }

    [Fact]
    public void An_end_that_was_forgotten_is_seen() =>
        Broken(RecordPromises.EveryYesIsStored, A.Life with { Replies = [A.Reply(Ask.End, 200)], Stored = [A.Workflow() with { Phase = "active" }] });

    [Fact]
    public void A_workflow_that_stays_in_its_end_is_seen() => Broken(RecordPromises.EverythingEnds, A.Life with { Stored = [A.Workflow() with { Phase = "ending" }] });

    [Fact]
    public void A_call_that_lives_on_is_seen() => Broken(RecordPromises.EverythingEnds, A.Life with { Calls = [A.Call(to: null)] });

    [Fact]
    public void A_slot_that_stays_taken_is_seen() => Broken(RecordPromises.EverythingEnds, A.Life with { SlotsTaken = ["wf_1"] });

    [Fact]
    public void An_answer_that_blames_us_is_seen() => Broken(AnswerPromises.Clean, A.Life with { Replies = [A.Reply(Ask.Start, 500) with { Code = "internal_error" }] });

    [Fact]
    public void A_no_that_does_not_say_when_to_try_again_is_seen()
    {
        var refused = A.Reply(Ask.Start, 503) with { Code = "storage_unavailable" };

        Broken(AnswerPromises.Clean, A.Life with { Replies = [refused] });
        Assert.True(AnswerPromises.Clean.Judge(A.Life with { Replies = [refused with { HasRetryAfter = true }] }).IsKept);
    }

    [Fact]
    public void A_start_that_waited_too_long_in_an_outage_is_seen() => Broken(
        AnswerPromises.Within(TimeSpan.FromSeconds(5), Down),
        A.Life with { Replies = [A.Reply(Ask.Start, 503, asked: 3, at: 9)], Troubles = [new(Down, A.Second(2), A.Second(17))] });

    [Fact]
    public void A_product_that_does_not_come_back_is_seen()
    {
        var outage = A.Life with { Replies = [A.Reply(Ask.Start, 201, asked: 1), A.Reply(Ask.Start, 503, asked: 18)], Troubles = [new(Down, A.Second(2), A.Second(17))] };

        Broken(AnswerPromises.BackWithin(TimeSpan.FromSeconds(10), Down), outage);
        Assert.True(AnswerPromises.BackWithin(TimeSpan.FromSeconds(10), Down).Judge(outage with { Replies = [A.Reply(Ask.Start, 201, asked: 18, at: 19)] }).IsKept);
    }

    [Fact]
    public void Two_workflows_of_one_key_are_seen() =>
        Broken(AnswerPromises.OneWorkflowPerKey, A.Life with { Replies = [A.Reply(Ask.Start, 201), A.Reply(Ask.Start, 200) with { Workflow = "wf_2" }] });

    [Fact]
    public void A_process_that_grows_is_seen()
    {
        var memory = FootprintPromises.Memory(1);

        Broken(memory, A.Life with { Footprints = [.. Enumerable.Range(0, 20).Select(minute => new Footprint(A.Second(minute * 60), "silo", (100 << 20) + (minute << 18), 40))] });
        Assert.True(memory.Judge(A.Life with { Footprints = [.. Enumerable.Range(0, 20).Select(minute => new Footprint(A.Second(minute * 60), "silo", (100 << 20) + ((minute % 2) << 18), 40))] }).IsKept);
    }

    [Fact]
    public void A_process_that_warms_up_does_not_grow() => Assert.True(FootprintPromises.Memory(1).Judge(A.Life with
    {
        Footprints = [.. Enumerable.Range(0, 30).Select(minute => new Footprint(A.Second(minute * 60), "silo", (100 << 20) + (Math.Min(minute, 10) << 20), 40))],
    }).IsKept);

    [Fact]
    public void Sockets_that_stay_open_are_seen() => Broken(
        FootprintPromises.Sockets(5), A.Life with { Footprints = [new(A.Second(0), "silo", 1, 20), new(A.Second(60), "silo", 1, 200), new(A.Second(120), "silo", 1, 40)] });

    private static void Broken(Promise promise, History history) => Assert.Single(promise.Judge(history).Violations);
}
