using SessionGrains.Grains.Sideband;
using SessionGrains.OpenAI.Sideband;
using Xunit;
using static SessionGrains.Grains.Tests.Sideband.Told;

namespace SessionGrains.Grains.Tests.Sideband;

/// <summary>Conversations that nobody heard for a while, and items that nobody may have put there.</summary>
public sealed class GapTests
{
    private readonly Conversation _conversation = new(browserMayAnswer: false, Plans.Ids, "e_");

    [Fact]
    public void Nothing_is_sent_before_the_sideband_works()
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"));

        Assert.Empty(_conversation.Finished("c1", Outcome("c1")));
        Assert.Equal(["Answer", "CreateResponse"], Names(_conversation.Attached()));
    }

    [Fact]
    public void An_output_that_may_have_been_lost_goes_out_again_under_the_same_id()
    {
        var sent = AnswerOne("c1").OfType<Step.Answer>().Single();
        _conversation.Lost();

        Assert.Equal([sent], _conversation.Attached());
    }

    [Fact]
    public void One_that_had_arrived_does_not()
    {
        Hear(Arrived(AnswerOne("c1")[0]));
        _conversation.Lost();

        Assert.Empty(_conversation.Attached());
    }

    [Fact]
    public void An_output_that_went_out_again_is_worth_a_response_once_it_is_known_to_be_new()
    {
        var sent = AnswerOne("c1")[0];
        _conversation.Lost();
        _conversation.Attached();

        Assert.Equal(["CreateResponse"], Names(Hear(Arrived(sent))));
    }

    [Fact]
    public void A_conversation_that_ends_with_an_output_of_ours_waits_for_a_response()
    {
        var sent = AnswerOne("c1").OfType<Step.Answer>().Single();
        Hear(Arrived(sent));
        _conversation.Lost();
        _conversation.Attached();

        Assert.Equal(["CreateResponse"], Names(_conversation.Recovered(sent.ItemId, isModels: false, mayHaveMissed: false, "k")));
    }

    [Fact]
    public void One_that_ends_with_something_else_does_not()
    {
        Hear(Arrived(AnswerOne("c1")[0]));
        _conversation.Lost();
        _conversation.Attached();

        Assert.Empty(_conversation.Recovered("item_of_the_model", isModels: true, mayHaveMissed: false, "k"));
    }

    [Fact]
    public void One_that_ends_with_the_users_words_waits_for_a_response_where_an_output_was_in_doubt()
    {
        AnswerOne("c1");
        _conversation.Lost();
        _conversation.Attached();

        Assert.Equal(["CreateResponse"], Names(_conversation.Recovered("item_of_the_user", isModels: false, mayHaveMissed: false, "k")));
    }

    [Fact]
    public void A_call_that_was_made_meanwhile_is_run_and_answered_like_any_other()
    {
        _conversation.Attached();

        Assert.Equal(["RunTool"], Names(_conversation.Recover((SidebandEvent.FunctionCall)Call("c1"))));
        var answer = _conversation.Finished("c1", Outcome("c1")).Single();
        Assert.Equal(["CreateResponse"], Names(Hear(Arrived(answer))));
    }

    [Fact]
    public void A_call_that_was_recovered_and_announced_is_run_once()
    {
        _conversation.Attached();
        _conversation.Recover((SidebandEvent.FunctionCall)Call("c1"));

        Assert.Empty(Hear(Started("resp_1"), Call("c1"), Done("resp_1")));
        Assert.Empty(_conversation.Recover((SidebandEvent.FunctionCall)Call("c1")));
    }

    [Fact]
    public void Calls_of_an_earlier_owner_are_answered_together()
    {
        _conversation.Recover((SidebandEvent.FunctionCall)Call("c1"), (SidebandEvent.FunctionCall)Call("c2"));
        _conversation.Attached();

        Assert.Empty(_conversation.Finished("c2", Outcome("c2")));
        Assert.Equal(["Answer", "Answer"], Names(_conversation.Finished("c1", Outcome("c1"))));
    }

    [Fact]
    public void What_may_have_been_missed_is_asked_for_again_once_the_outputs_that_are_still_to_come_are_there()
    {
        _conversation.Recover((SidebandEvent.FunctionCall)Call("c1"));
        _conversation.Attached();
        Assert.Empty(_conversation.Recovered("item_x", isModels: true, mayHaveMissed: true, "k"));

        var steps = _conversation.Finished("c1", Outcome("c1"));

        Assert.Equal(["Say", "Answer"], Names(steps));
        Assert.Contains("make it again", steps.OfType<Step.Say>().Single().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_response_that_ran_when_the_sideband_was_lost_holds_up_nothing()
    {
        _conversation.Attached();
        Hear(Started("resp_1"), Call("c1"));
        _conversation.Lost();
        _conversation.Attached();

        Assert.Equal(["Answer", "CreateResponse"], Names(_conversation.Finished("c1", Outcome("c1"))));
    }

    [Fact]
    public void An_item_that_nobody_may_put_there_is_deleted_and_a_response_that_saw_it_is_cancelled_and_asked_for_again()
    {
        _conversation.Attached();
        Assert.Equal([new Step.DeleteItem("item_forged")], _conversation.Reject("item_forged"));

        Assert.Equal([new Step.CancelResponse("resp_1")], Hear(Started("resp_1"), new SidebandEvent.ItemDeleted("item_forged")));
        Assert.Equal(["CreateResponse"], Names(Hear(Done("resp_1", "cancelled"))));
        Assert.Empty(Hear(Started("resp_2"), Done("resp_2")));
    }

    [Fact]
    public void A_response_that_began_after_the_deletion_is_left_alone()
    {
        _conversation.Attached();
        _conversation.Reject("item_forged");

        Assert.Empty(Hear(new SidebandEvent.ItemDeleted("item_forged"), Started("resp_1"), Done("resp_1")));
    }

    [Fact]
    public void While_a_tool_runs_a_cancelled_response_is_not_asked_for_again_before_the_output()
    {
        _conversation.Attached();
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"));
        _conversation.Reject("item_forged");

        Assert.Equal(["CancelResponse"], Names(Hear(Started("resp_2"), new SidebandEvent.ItemDeleted("item_forged"), Done("resp_2", "cancelled"))));
        Assert.Equal(["Answer", "CreateResponse"], Names(_conversation.Finished("c1", Outcome("c1"))));
    }

    [Fact]
    public void An_output_whose_id_was_taken_goes_out_again_once_the_other_is_gone()
    {
        var sent = AnswerOne("c1").OfType<Step.Answer>().Single();

        Assert.Equal([new Step.DeleteItem(sent.ItemId)], _conversation.Reject(sent.ItemId));
        Assert.Equal(["CancelResponse"], Names(Hear(Started("resp_2"))));
        var steps = Hear(new SidebandEvent.ItemDeleted(sent.ItemId), Done("resp_2", "cancelled"));

        Assert.Equal(sent, Assert.Single(steps.OfType<Step.Answer>()));
        Assert.Single(steps.OfType<Step.CreateResponse>());
    }

    private IReadOnlyList<Step> AnswerOne(string callId)
    {
        _conversation.Attached();
        Hear(Started("resp_1"), Call(callId), Done("resp_1"));
        return _conversation.Finished(callId, Outcome(callId));
    }

    private IReadOnlyList<Step> Hear(params SidebandEvent[] told) => [.. told.SelectMany(_conversation.Hear)];

    private static IEnumerable<string> Names(IEnumerable<Step> steps) => steps.Where(step => step is not Step.WaitFor).Select(step => step.ToString());
}
