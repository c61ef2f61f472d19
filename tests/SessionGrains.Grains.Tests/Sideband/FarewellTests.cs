using SessionGrains.Grains.Sideband;
using SessionGrains.OpenAI.Sideband;
using Xunit;
using static SessionGrains.Grains.Tests.Sideband.Told;

namespace SessionGrains.Grains.Tests.Sideband;

/// <summary>A tool that completes its workflow: the model's last words are heard, and the call does not outlive them.</summary>
public sealed class FarewellTests
{
    private readonly Conversation _conversation = new(browserMayAnswer: false, Plans.Ids, "e_");

    public FarewellTests() => _conversation.Attached();

    [Fact]
    public void The_workflow_ends_when_the_last_words_were_heard()
    {
        BeginFarewell();

        Assert.Empty(Hear(Started("resp_2"), new SidebandEvent.AudioStarted("resp_2"), Done("resp_2")));
        AssertFinished(Hear(new SidebandEvent.AudioStopped("resp_2")));
    }

    [Fact]
    public void Without_sound_it_ends_with_the_response()
    {
        BeginFarewell();

        AssertFinished(Hear(Started("resp_2"), Done("resp_2")));
    }

    [Fact]
    public void Sound_of_another_response_ends_nothing()
    {
        Hear(Started("resp_0"), new SidebandEvent.AudioStarted("resp_0"), Done("resp_0"));
        BeginFarewell();

        Assert.Empty(Hear(new SidebandEvent.AudioStopped("resp_0"), Started("resp_2"), new SidebandEvent.AudioStarted("resp_2")));
    }

    [Fact]
    public void It_ends_ten_seconds_after_the_output_in_any_case()
    {
        var wait = BeginFarewell().OfType<Step.WaitFor>().Last(wait => wait.What is Wait.Farewell);

        Assert.Equal(TimeSpan.FromSeconds(10), wait.AtMost);
        AssertFinished(_conversation.Waited(wait.What, wait.Key));
    }

    [Fact]
    public void An_output_that_cannot_go_out_does_not_keep_the_workflow_for_ever()
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"));
        _conversation.Lost();

        var wait = Assert.IsType<Step.WaitFor>(Assert.Single(_conversation.Finished("c1", Outcome("c1", ends: true))));

        AssertFinished(_conversation.Waited(wait.What, wait.Key));
    }

    [Fact]
    public void The_longer_wait_means_nothing_once_the_output_is_out()
    {
        var longer = BeginFarewell().OfType<Step.WaitFor>().First(wait => wait.What is Wait.Farewell);

        Assert.Equal(TimeSpan.FromSeconds(30), longer.AtMost);
        Assert.Empty(_conversation.Waited(longer.What, longer.Key));
    }

    [Fact]
    public void Further_calls_are_refused_with_an_output_that_says_so_and_the_response_after_is_the_last()
    {
        BeginFarewell();

        var steps = Hear(Started("resp_2"), Call("c2", "resp_2"), Done("resp_2"));

        Assert.Empty(steps.OfType<Step.RunTool>());
        Assert.Contains("workflow_ended", steps.OfType<Step.Answer>().Single().Output, StringComparison.Ordinal);
        AssertFinished(Hear(Arrived(steps.OfType<Step.Answer>().Single()), Started("resp_3"), Done("resp_3")));
    }

    [Fact]
    public void Last_words_that_were_interrupted_before_they_were_heard_are_waited_for_again()
    {
        BeginFarewell();

        Assert.Empty(Hear(Started("resp_2"), Done("resp_2", "cancelled")));
        AssertFinished(Hear(Started("resp_3"), Done("resp_3")));
    }

    [Theory]
    [InlineData(ToolCallStatus.Failed)]
    [InlineData(ToolCallStatus.Unknown)]
    public void A_tool_that_did_not_succeed_ends_nothing(ToolCallStatus status)
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"));
        _conversation.Finished("c1", Outcome("c1", status: status, ends: true));

        Assert.Empty(Hear(Started("resp_2"), Done("resp_2")).OfType<Step.Finish>());
    }

    [Fact]
    public void A_call_that_was_approved_late_ends_the_workflow_after_its_message()
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"));
        var pending = _conversation.Finished("c1", Outcome("c1", status: ToolCallStatus.PendingApproval))[0];
        Hear(Arrived(pending), Started("resp_2"), Done("resp_2"), Started("resp_users"));

        Assert.All(_conversation.Tell(Outcome("c1").Call, endsWorkflow: true), step => Assert.IsType<Step.WaitFor>(step));
        var steps = Hear(Done("resp_users"));

        AssertFinished(Hear(Arrived(steps.OfType<Step.Say>().Single()), Started("resp_3"), Done("resp_3")));
    }

    [Fact]
    public void After_the_end_nothing_is_done_any_more()
    {
        BeginFarewell();
        Hear(Started("resp_2"), Done("resp_2"));

        Assert.Empty(Hear(Started("resp_3"), Call("c3", "resp_3"), Done("resp_3")));
    }

    private IReadOnlyList<Step> BeginFarewell()
    {
        Hear(Started("resp_1"), Call("c1"), Done("resp_1"));
        var steps = _conversation.Finished("c1", Outcome("c1", ends: true));
        Hear(Arrived(steps.OfType<Step.Answer>().Single()));
        return steps;
    }

    private IReadOnlyList<Step> Hear(params SidebandEvent[] told) => [.. told.SelectMany(_conversation.Hear)];

    private static void AssertFinished(IReadOnlyList<Step> steps) =>
        Assert.Equal(new Step.Finish(EndReason.Completed, "lookup_order"), Assert.Single(steps, step => step is Step.Finish));
}
