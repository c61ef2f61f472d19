using System.Text.Json;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Tools;
using SessionGrains.Tools.Running;
using Xunit;
using static SessionGrains.Grains.Tests.ToolCalls.ACall;

namespace SessionGrains.Grains.Tests.ToolCalls;

/// <summary>The rules of one tool call.</summary>
public sealed class ToolCallRulesTests
{
    public static TheoryData<ToolEffect> Effects => [ToolEffect.Read, ToolEffect.Keyed, ToolEffect.Unkeyed];

    [Fact]
    public void A_call_that_needs_nobody_begins_at_once_and_one_that_does_waits_two_minutes()
    {
        Assert.Equal((ToolCallStage.Started, Activation, A.Noon), (Begun().Stage, Begun().Activation!, Begun().StartedAt!.Value));

        var pending = Begun(approval: Approval.User);
        Assert.Equal((ToolCallStage.PendingApproval, A.Noon + A.Seconds(120)), (pending.Stage, pending.ApproveBy!.Value));
        Assert.Null(pending.StartedAt);
    }

    [Fact]
    public void Nobody_may_agree_after_the_end_of_the_workflow()
    {
        var late = ToolCallRules.Begin(Asked(approval: Approval.User), Activation, A.Noon + A.Seconds(850), Options);

        Assert.Equal(late.Until, late.ApproveBy);
    }

    [Theory, MemberData(nameof(Effects))]
    public void What_the_tool_says_becomes_the_outcome(ToolEffect effect)
    {
        Assert.Equal(ToolCallStage.Completed, Ended(new ToolResult.Completed("fine", true), effect).Stage);
        Assert.True(Ended(new ToolResult.Completed("fine", true), effect).EndsWorkflow);
        Assert.Equal(ToolCallStage.Failed, Ended(new ToolResult.Failed("no"), effect).Stage);
        Assert.Equal(ToolCallStage.TimedOut, Ended(new ToolResult.TimedOut(false), effect).Stage);
    }

    [Theory]
    [InlineData(ToolEffect.Read, "TimedOut", "Failed")]
    [InlineData(ToolEffect.Keyed, "Unknown", "Unknown")]
    [InlineData(ToolEffect.Unkeyed, "Unknown", "Unknown")]
    public void What_may_have_happened_is_unknown_unless_it_only_reads(ToolEffect effect, string afterTimeout, string afterDoubt)
    {
        Assert.Equal(afterTimeout, Ended(new ToolResult.TimedOut(true), effect).Stage.ToString());
        Assert.Equal(afterDoubt, Ended(new ToolResult.Unknown("lost"), effect).Stage.ToString());
    }

    [Fact]
    public void The_first_outcome_stays()
    {
        var unknown = Ended(new ToolResult.Unknown("lost"));

        Assert.Same(unknown, ToolCallRules.Finish(unknown, new ToolResult.Completed("late", false), A.Noon + A.Seconds(9)));
        Assert.Equal(Denied(), ToolCallRules.Finish(Denied(), new ToolResult.Completed("late", false), A.Noon));
    }

    [Fact]
    public void An_unkeyed_call_whose_activation_died_is_unknown_at_once()
    {
        Assert.True(ToolCallRules.IsAbandoned(Begun(), "another"));
        Assert.False(ToolCallRules.IsAbandoned(Begun(), Activation));
        Assert.IsType<ToolResult.Unknown>(ToolCallRules.AfterLoss(Begun(), A.Noon));
    }

    [Fact]
    public void A_keyed_call_whose_activation_died_is_sent_again_for_a_minute_and_is_unknown_then()
    {
        Assert.Null(ToolCallRules.AfterLoss(Begun(ToolEffect.Keyed), A.Noon + A.Seconds(59)));
        Assert.IsType<ToolResult.Unknown>(ToolCallRules.AfterLoss(Begun(ToolEffect.Keyed), A.Noon + A.Seconds(60)));
    }

    [Fact]
    public void Reading_is_repeated_for_a_minute_and_never_in_doubt()
    {
        Assert.Null(ToolCallRules.AfterLoss(Begun(ToolEffect.Read), A.Noon + A.Seconds(59)));
        Assert.Equal(new ToolResult.TimedOut(false), ToolCallRules.AfterLoss(Begun(ToolEffect.Read), A.Noon + A.Seconds(60)));
    }

    [Fact]
    public void What_was_not_sent_has_failed_unless_an_earlier_run_may_have_been()
    {
        Assert.IsType<ToolResult.Failed>(ToolCallRules.NotSent(Begun(), isRepeat: false, "late"));
        Assert.IsType<ToolResult.Failed>(ToolCallRules.NotSent(Begun(ToolEffect.Read), isRepeat: true, "late"));
        Assert.IsType<ToolResult.Unknown>(ToolCallRules.NotSent(Begun(ToolEffect.Keyed), isRepeat: true, "late"));
    }

    [Fact]
    public void The_same_call_has_the_same_tool_and_the_same_arguments_however_they_are_written()
    {
        Assert.True(ToolCallRules.IsSame(Begun(), PretendTools.Refund, """{ "order_id" : "A-1" }""", Hash));
        Assert.True(ToolCallRules.IsSame(Begun(), PretendTools.Refund, PretendTools.Arguments, null));
        Assert.False(ToolCallRules.IsSame(Begun(), PretendTools.Book, PretendTools.Arguments, Hash));
        Assert.False(ToolCallRules.IsSame(Begun(), PretendTools.Refund, "{}", ToolCallRules.HashOf("{}")));
    }

    [Fact]
    public void An_idempotency_key_belongs_to_one_call_of_one_tool_and_says_nothing_of_it()
    {
        var other = ToolCallKey.Parse("wf_abcdefghijklmnopqrstuvwxyz/call_2");
        string[] keys = [Key.IdempotencyKeyFor("a"), Key.IdempotencyKeyFor("b"), other.IdempotencyKeyFor("a")];

        Assert.Equal(3, keys.Distinct().Count());
        Assert.Equal(keys[0], Key.IdempotencyKeyFor("a"));
        Assert.All(keys, key => Assert.Matches("^[A-Za-z0-9_-]{43}$", key));
    }

    [Theory]
    [InlineData("wf_abcdefghijklmnopqrstuvwxyz")]
    [InlineData("wf_abcdefghijklmnopqrstuvwxyz/")]
    [InlineData("wf_abcdefghijklmnopqrstuvwxyz/a/b")]
    [InlineData("workflow/call_1")]
    public void A_key_names_a_workflow_and_a_call(string key) => Assert.Throws<FormatException>(() => ToolCallKey.Parse(key));

    [Fact]
    public void The_model_gets_words_that_it_can_act_on()
    {
        Assert.Equal("fine", ToolCallViews.Of(Key, Ended(new ToolResult.Completed("fine", false))).Output);
        Assert.Null(ToolCallViews.Of(Key, Begun()).Output);

        Assert.Equal("failed", Status(Ended(new ToolResult.Failed("no"))));
        Assert.Equal("timed_out", Status(Ended(new ToolResult.TimedOut(false))));
        Assert.Equal("denied", Status(Denied()));
        Assert.Equal("pending_approval", Status(Begun(approval: Approval.Operator)));
        Assert.Contains("Do not say that it was done", ToolCallViews.Of(Key, Begun(approval: Approval.User)).Output, StringComparison.Ordinal);

        var unknown = JsonDocument.Parse(ToolCallViews.Of(Key, Ended(new ToolResult.Unknown("lost"))).Output!).RootElement;
        Assert.Equal("unknown", unknown.GetProperty("status").GetString());
        Assert.True(unknown.GetProperty("may_have_happened").GetBoolean());
        Assert.Equal("call_1", unknown.GetProperty("reference").GetString());
        Assert.Contains("do not try again", unknown.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_is_printed_holds_arguments_or_outputs()
    {
        var call = Ended(new ToolResult.Completed("secret words", false)) with { Arguments = "secret words" };

        Assert.DoesNotContain("secret", $"{ToolCallViews.Of(Key, call)} {call}", StringComparison.Ordinal);
    }

    private static string? Status(ToolCallState call) =>
        JsonDocument.Parse(ToolCallViews.Of(Key, call).Output!).RootElement.GetProperty("status").GetString();
}
