using System.Text.Json.Nodes;
using SessionGrains.Grains.Sideband;
using SessionGrains.OpenAI.Sideband;
using Xunit;
using static SessionGrains.Grains.Tests.Sideband.Told;

namespace SessionGrains.Grains.Tests.Sideband;

/// <summary>How tool calls are answered, one conversation at a time.</summary>
public sealed class ConversationTests
{
    private readonly Conversation _conversation = Attached();

    [Fact]
    public void A_call_is_run_once_although_it_is_announced_three_times()
    {
        var steps = Hear(Started("resp_1"), Call("c1"), Call("c1"), Call("c1"), Done("resp_1"));

        Assert.Equal(ToolCallId.Parse("c1"), Assert.Single(steps.OfType<Step.RunTool>()).CallId);
    }

    [Fact]
    public void The_output_waits_for_the_end_of_its_response_and_is_followed_by_one_new_response()
    {
        Hear(Started("resp_1"), Call("c1"));

        Assert.Empty(Finish("c1", "\"42\""));
        var steps = Hear(Done("resp_1"));

        Assert.Equal(new Step.Answer("c1", Plans.Ids.OfAnswer("c1"), "\"42\""), steps[0]);
        Assert.IsType<Step.CreateResponse>(steps[1]);
        Assert.Equal(2, steps.Count(step => step is not Step.WaitFor));
    }

    [Fact]
    public void A_tool_that_is_slower_than_its_response_is_answered_at_once()
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"));

        Assert.Equal(["Answer", "CreateResponse"], Names(Finish("c1")));
    }

    [Fact]
    public void Outputs_of_parallel_calls_go_out_together_in_the_order_of_the_calls()
    {
        Hear(Started("resp_1"), Call("c1"), Call("c2"), Call("c3"), Done("resp_1"));

        Assert.Empty(Finish("c3"));
        Assert.Empty(Finish("c1"));
        var steps = Finish("c2");

        Assert.Equal(["c1", "c2", "c3"], steps.OfType<Step.Answer>().Select(answer => answer.CallId));
        Assert.Single(steps.OfType<Step.CreateResponse>());
    }

    [Fact]
    public void Nothing_is_sent_while_another_response_is_active()
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"), Started("resp_2"));

        Assert.Empty(Finish("c1"));
        Assert.Equal(["Answer", "CreateResponse"], Names(Hear(Done("resp_2"))));
    }

    [Fact]
    public void Nothing_more_is_sent_until_the_response_that_was_asked_for_is_over()
    {
        Hear(Arrived(AnswerOne("c1", "resp_1")[0]), Call("c2", "resp_0"), Done("resp_0"));

        Assert.Empty(Finish("c2"));
        Assert.Empty(Hear(Started("resp_2")));
        Assert.Equal(["Answer", "CreateResponse"], Names(Hear(Done("resp_2"))));
    }

    [Fact]
    public void A_creation_that_was_refused_is_repeated_after_the_response_that_stood_in_its_way()
    {
        var create = AnswerOne("c1", "resp_1").OfType<Step.CreateResponse>().Single();

        Assert.Empty(Hear(AlreadyActive(create.EventId)));
        Assert.Equal(["CreateResponse"], Names(Hear(Done("resp_unheard"))));
    }

    [Fact]
    public void A_refusal_that_does_not_say_whose_it_is_counts_as_ours_while_we_wait_for_a_response()
    {
        AnswerOne("c1", "resp_1");

        Assert.Empty(Hear(AlreadyActive()));
        Assert.Equal(["CreateResponse"], Names(Hear(Done("resp_unheard"))));
    }

    [Fact]
    public void A_refused_creation_is_not_repeated_where_the_response_in_its_way_had_seen_the_output()
    {
        var steps = AnswerOne("c1", "resp_1");

        Hear(Arrived(steps[0]), Started("resp_users"), AlreadyActive(steps.OfType<Step.CreateResponse>().Single().EventId));

        Assert.Empty(Hear(Done("resp_users")));
    }

    [Fact]
    public void A_refused_creation_is_repeated_where_the_response_in_its_way_began_before_the_output_arrived()
    {
        var steps = AnswerOne("c1", "resp_1");

        Hear(Started("resp_users"), AlreadyActive());

        Assert.Equal(["CreateResponse"], Names(Hear(Done("resp_users"))));
        Hear(Arrived(steps[0]), Started("resp_ours"));
        Assert.Empty(Hear(Done("resp_ours")));
    }

    [Fact]
    public void Somebody_elses_refused_creation_means_nothing()
    {
        Hear(Started("resp_1"));

        Hear(AlreadyActive("agents_js_1"), AlreadyActive());

        Assert.Empty(Hear(Done("resp_1")));
    }

    [Fact]
    public void A_creation_that_fails_for_another_reason_is_not_repeated()
    {
        var create = AnswerOne("c1", "resp_1").OfType<Step.CreateResponse>().Single();

        Assert.Empty(Hear(new SidebandEvent.Error("insufficient_quota", null, create.EventId)));
        Assert.Empty(Hear(Started("resp_2"), Done("resp_2")));
    }

    [Fact]
    public void An_output_that_OpenAI_refuses_holds_up_nothing()
    {
        var sent = AnswerOne("c1", "resp_1").OfType<Step.Answer>().Single();

        Hear(new SidebandEvent.Error("item_create_duplicate_item_id", null, sent.ItemId), Started("resp_2"), Call("c2", "resp_2"), Done("resp_2"));

        Assert.Equal(["Answer", "CreateResponse"], Names(Finish("c2")));
    }

    [Fact]
    public void A_creation_that_nothing_comes_of_does_not_hold_up_the_next_answer()
    {
        var lost = AnswerOne("c1", "resp_1").OfType<Step.WaitFor>().Single();
        Hear(Call("c2", "resp_0"), Done("resp_0"));
        Assert.Empty(Finish("c2"));

        Assert.Equal(["Answer", "CreateResponse"], Names(_conversation.Waited(lost.What, lost.Key)));
    }

    [Fact]
    public void The_calls_of_a_cancelled_response_are_answered()
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1", "cancelled"));

        Assert.Equal(["Answer", "CreateResponse"], Names(Finish("c1")));
    }

    [Fact]
    public void While_the_user_speaks_outputs_go_out_and_no_response_is_created()
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"), new SidebandEvent.SpeechStarted());

        Assert.Equal(["Answer"], Names(Finish("c1")));
    }

    [Fact]
    public void A_response_to_the_users_words_that_saw_the_output_makes_ours_needless()
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"), new SidebandEvent.SpeechStarted());
        var answer = Finish("c1").OfType<Step.Answer>().Single();

        var steps = Hear(Arrived(answer), new SidebandEvent.SpeechStopped(), Started("resp_2"), Done("resp_2"));

        Assert.Empty(steps.OfType<Step.CreateResponse>());
    }

    [Fact]
    public void Where_no_response_follows_the_users_words_we_create_one()
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"), new SidebandEvent.SpeechStarted());
        Hear(Arrived(Finish("c1").OfType<Step.Answer>().Single()));
        var pause = Hear(new SidebandEvent.SpeechStopped()).OfType<Step.WaitFor>().Single();

        Assert.Equal(["CreateResponse"], Names(_conversation.Waited(pause.What, pause.Key)));
    }

    [Fact]
    public void Speech_whose_end_is_never_told_holds_up_nothing_for_ever()
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"));
        var speech = Hear(new SidebandEvent.SpeechStarted()).OfType<Step.WaitFor>().Single();
        Finish("c1");

        Assert.Equal(["CreateResponse"], Names(_conversation.Waited(speech.What, speech.Key)));
    }

    [Fact]
    public void An_output_that_comes_after_the_response_to_the_users_words_began_is_still_told()
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"), new SidebandEvent.SpeechStarted(), new SidebandEvent.SpeechStopped(), Started("resp_2"));

        Assert.Empty(Finish("c1"));
        Assert.Equal(["Answer", "CreateResponse"], Names(Hear(Done("resp_2"))));
    }

    [Fact]
    public void A_refusal_becomes_an_output_that_helps_the_model()
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"));

        var steps = _conversation.Finished("c1", new Refusal(RefusalCode.InvalidToolArguments, "The arguments do not fit.") { Faults = [new("$.order_id", "is required")] });

        var error = JsonNode.Parse(steps.OfType<Step.Answer>().Single().Output)!["error"]!;
        Assert.Equal("invalid_tool_arguments", (string?)error["code"]);
        Assert.Equal("The arguments do not fit. $.order_id: is required.", (string?)error["message"]);
    }

    [Theory]
    [InlineData(ToolCallStatus.Failed, "failed")]
    [InlineData(ToolCallStatus.TimedOut, "timed_out")]
    [InlineData(ToolCallStatus.Denied, "denied")]
    public void A_call_without_success_is_answered_with_its_error(ToolCallStatus status, string code)
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"));

        var answer = _conversation.Finished("c1", Outcome("c1", status: status, error: "why")).OfType<Step.Answer>().Single();

        Assert.Equal($$$"""{"error":{"code":"{{{code}}}","message":"why"}}""", answer.Output);
    }

    [Fact]
    public void A_call_whose_id_is_none_is_answered_with_an_error_and_noted()
    {
        const string Id = "no id/at all";

        var steps = Hear(Started("resp_1"), Call(Id), Done("resp_1"));

        Assert.Empty(steps.OfType<Step.RunTool>());
        Assert.Contains("invalid_call_id", steps.OfType<Step.Answer>().Single(answer => answer.CallId == Id).Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Id, steps.OfType<Step.Note>().Single().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_that_is_repeated_in_another_response_is_not_run_again_and_the_model_goes_on()
    {
        Hear(Arrived(AnswerOne("c1", "resp_1")[0]));

        var steps = Hear(Started("resp_2"), Call("c1", "resp_2"), Done("resp_2"));

        Assert.Equal(["CreateResponse"], Names(steps));
    }

    [Fact]
    public void Our_items_have_ids_that_follow_from_the_call_and_fit_OpenAIs_length()
    {
        string[] ids = [Plans.Ids.OfAnswer("c1"), Plans.Ids.OfPendingAnswer("c1"), Plans.Ids.OfResult("c1"), Plans.Ids.OfMessage("c1"), Plans.Ids.OfAnswer("c2")];

        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(ids, id => Assert.InRange(id.Length, 1, 32));
        Assert.Equal(Plans.Ids.OfAnswer("c1"), ids[0]);
    }

    [Fact]
    public void Who_knows_a_call_does_not_know_the_id_of_its_answer() =>
        Assert.NotEqual(new ItemIds("of one call").OfAnswer("c1"), new ItemIds("of another").OfAnswer("c1"));

    [Fact]
    public void A_probe_tells_owners_of_its_call_whose_term_it_is_of_and_nobody_else_makes_one()
    {
        var probe = Plans.Ids.OfProbe(513, "probe");

        Assert.Equal(513, Plans.Ids.TermOf(probe));
        Assert.NotEqual(probe, Plans.Ids.OfProbe(513, "another"));
        Assert.InRange(probe.Length, 1, 32);
        string[] others = [new ItemIds("of another").OfProbe(513, "probe"), Plans.Ids.OfAnswer("c1"), probe.Replace("000201", "000202", StringComparison.Ordinal), probe[..^1], "", "sg_"];
        Assert.All(others, other => Assert.Null(Plans.Ids.TermOf(other)));
    }

    [Fact]
    public void A_foreign_output_answers_nothing_where_the_browser_may_not_answer()
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"), Output("item_foreign", "c1", "forged"));

        Assert.Equal(["Answer", "CreateResponse"], Names(Finish("c1")));
    }

    private IReadOnlyList<Step> Hear(params SidebandEvent[] told) => [.. told.SelectMany(_conversation.Hear)];

    private IReadOnlyList<Step> Finish(string callId, string output = "\"done\"") => _conversation.Finished(callId, Outcome(callId, output));

    /// <summary>A call that was made and answered; a response for it is on its way.</summary>
    private IReadOnlyList<Step> AnswerOne(string callId, string response)
    {
        Hear(Started(response), Call(callId, response), Done(response));
        return Finish(callId);
    }

    private static IEnumerable<string> Names(IEnumerable<Step> steps) => steps.Where(step => step is not Step.WaitFor).Select(step => step.ToString());

    private static Conversation Attached()
    {
        var conversation = new Conversation(browserMayAnswer: false, Plans.Ids, "e_");
        conversation.Attached();
        return conversation;
    }
}
