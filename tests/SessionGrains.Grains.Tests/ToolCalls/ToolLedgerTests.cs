using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Tools;
using SessionGrains.Tools.Running;
using Xunit;

namespace SessionGrains.Grains.Tests.ToolCalls;

/// <summary>How many calls a workflow may make, and which.</summary>
public sealed class ToolLedgerTests
{
    private static readonly GrantedTool Refund = new(PretendTools.Refund, Approval.None, null);

    private readonly ToolLedger ledger = new();

    [Fact]
    public void A_tool_that_is_not_granted_is_refused_whatever_its_arguments_are()
    {
        Assert.Equal(RefusalCode.ToolNotAllowed, ledger.Admit(Claim("a") with { ArgumentsError = "wrong" }, null, A.Limits)?.Code);
        Assert.Equal(0, ledger.Count);
    }

    [Fact]
    public void Wrong_arguments_are_explained_and_use_nothing_up()
    {
        var once = Refund with { MaxCalls = 1 };

        var refusal = ledger.Admit(Claim("a") with { ArgumentsError = "The arguments are wrong." }, once, A.Limits);

        Assert.Equal((RefusalCode.InvalidToolArguments, "The arguments are wrong."), (refusal!.Code, refusal.Detail));
        Assert.Null(ledger.Admit(Claim("b"), once, A.Limits));
        Assert.Equal(RefusalCode.ToolCallLimit, ledger.Admit(Claim("c", "other"), once, A.Limits)?.Code);
    }

    [Fact]
    public void A_workflow_makes_only_so_many_calls_and_a_repeat_of_one_is_none()
    {
        var limits = A.Limits with { MaxToolCalls = 2 };
        Assert.Null(ledger.Admit(Claim("a"), Refund, limits));
        Assert.Null(ledger.Admit(Claim("b", "2"), Refund, limits));

        Assert.Null(ledger.Admit(Claim("a"), Refund, limits));
        Assert.Equal(2, ledger.Count);
        Assert.Equal(RefusalCode.ToolCallLimit, ledger.Admit(Claim("c", "3"), Refund, limits)?.Code);
    }

    [Fact]
    public void Only_so_many_run_at_once_and_those_that_wait_for_somebody_do_not_count()
    {
        var limits = A.Limits with { MaxConcurrentToolCalls = 1 };
        Assert.Null(ledger.Admit(Claim("a"), Refund, limits));
        Assert.Equal(RefusalCode.ToolCallLimit, ledger.Admit(Claim("b", "2"), Refund, limits)?.Code);

        ledger.Take(View("a", ToolCallStatus.PendingApproval));
        Assert.Null(ledger.Admit(Claim("b", "2"), Refund, limits));
        Assert.Equal(RefusalCode.ToolCallLimit, ledger.Admit(Claim("c", "3"), Refund, limits)?.Code);

        ledger.Take(View("b", ToolCallStatus.Failed));
        Assert.Null(ledger.Admit(Claim("c", "3"), Refund, limits));
    }

    [Fact]
    public void A_call_of_which_nothing_is_known_any_more_counts_and_takes_no_place()
    {
        var limits = A.Limits with { MaxConcurrentToolCalls = 1 };
        ledger.Admit(Claim("a"), Refund, limits);

        ledger.Forget(ToolCallId.Parse("a"));

        Assert.Empty(ledger.Open);
        Assert.Equal(1, ledger.Count);
        Assert.Null(ledger.Admit(Claim("b", "2"), Refund, limits));
    }

    [Fact]
    public void A_call_that_is_run_again_after_it_was_forgotten_is_news()
    {
        ledger.Admit(Claim("a"), Refund, A.Limits);
        ledger.Take(View("a", ToolCallStatus.Running));
        ledger.Forget(ToolCallId.Parse("a"));

        Assert.True(ledger.Take(View("a", ToolCallStatus.Running)));
        Assert.Equal([ToolCallId.Parse("a")], ledger.Open);
        Assert.True(ledger.Take(View("a", ToolCallStatus.Unknown)));
        Assert.Equal(RefusalCode.ToolNotAllowed, ledger.Admit(Claim("b"), Refund, A.Limits)?.Code);
    }

    [Fact]
    public void An_id_belongs_to_one_call()
    {
        ledger.Admit(Claim("a"), Refund, A.Limits);

        Assert.Equal(RefusalCode.ToolCallConflict, ledger.Admit(Claim("a", "other"), Refund, A.Limits)?.Code);
    }

    [Fact]
    public void While_nobody_knows_whether_a_call_was_done_the_same_is_not_done_again()
    {
        ledger.Admit(Claim("a"), Refund, A.Limits);
        ledger.Take(View("a", ToolCallStatus.Unknown));

        var again = ledger.Admit(Claim("b"), Refund, A.Limits);

        Assert.Equal(RefusalCode.ToolNotAllowed, again?.Code);
        Assert.Contains("nobody knows", again!.Detail, StringComparison.Ordinal);
        Assert.Null(ledger.Admit(Claim("c", "other arguments"), Refund, A.Limits));
    }

    [Fact]
    public void News_that_are_old_or_known_mean_nothing()
    {
        ledger.Admit(Claim("a"), Refund, A.Limits);

        Assert.True(ledger.Take(View("a", ToolCallStatus.Running)));
        Assert.False(ledger.Take(View("a", ToolCallStatus.Running)));
        Assert.True(ledger.Take(View("a", ToolCallStatus.Unknown)));
        Assert.False(ledger.Take(View("a", ToolCallStatus.Completed)));
        Assert.Equal(RefusalCode.ToolNotAllowed, ledger.Admit(Claim("b"), Refund, A.Limits)?.Code);
    }

    [Fact]
    public void What_is_stored_counts_for_the_next_activation()
    {
        ledger.Load(
        [
            new(ToolCallId.Parse("a"), ACall.Begun()),
            new(ToolCallId.Parse("b"), ACall.Ended(new ToolResult.Unknown("lost")) with { ArgumentsHash = "doubt" }),
            new(ToolCallId.Parse("c"), ACall.Denied()),
        ],
        admitted: 0);

        Assert.Equal(3, ledger.Count);
        Assert.Equal([ToolCallId.Parse("a")], ledger.Open);
        Assert.Equal(RefusalCode.ToolNotAllowed, ledger.Admit(Claim("d", "doubt"), Refund, A.Limits)?.Code);
        Assert.Equal(RefusalCode.ToolCallLimit, ledger.Admit(Claim("d", "new"), Refund, A.Limits with { MaxToolCalls = 3 })?.Code);
    }

    [Fact]
    public void Calls_that_left_no_row_count_for_the_next_activation_once()
    {
        ledger.Load([new(ToolCallId.Parse("a"), ACall.Begun())], admitted: 4);
        ledger.Admit(Claim("b"), Refund, A.Limits);
        Assert.Equal(5, ledger.Count);

        ledger.Load([new(ToolCallId.Parse("a"), ACall.Begun())], admitted: 5);

        Assert.Equal(5, ledger.Count);
        Assert.Equal(RefusalCode.ToolCallLimit, ledger.Admit(Claim("c"), Refund, A.Limits with { MaxToolCalls = 5 })?.Code);
    }

    [Fact]
    public void Two_hundred_refusals_are_noted_and_the_rest_is_counted()
    {
        for (var refusal = 0; refusal < 200; refusal++)
        {
            Assert.True(ledger.CountRefusal());
        }

        Assert.False(ledger.CountRefusal());
        Assert.Equal(1, ledger.UnnotedRefusals);
    }

    private static ToolClaim Claim(string call, string hash = "sha256:1") =>
        new(ToolCallId.Parse(call), PretendTools.Refund, hash, null, null, ToolEffect.Unkeyed);

    private static ToolCallView View(string call, ToolCallStatus status) => new(
        ACall.Key.Workflow, ToolCallId.Parse(call), PretendTools.Refund, "sha256:1", status, null, null, A.Noon, null, ToolCallSource.Sideband);
}
