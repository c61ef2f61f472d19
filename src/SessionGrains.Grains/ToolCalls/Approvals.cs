using SessionGrains.Grains.Definitions;

namespace SessionGrains.Grains.ToolCalls;

/// <summary>What a yes or no leads to.</summary>
internal abstract record Verdict
{
    private Verdict()
    {
    }

    /// <summary>It was not theirs to decide, or too late.</summary>
    internal sealed record Refused(Refusal Refusal) : Verdict;

    /// <summary>It was decided so before.</summary>
    internal sealed record Stands : Verdict;

    /// <summary>The tool may be run, if the workflow still allows it.</summary>
    internal sealed record Approved(ToolCallState Next) : Verdict;

    /// <summary>The tool is not run.</summary>
    internal sealed record Denied(ToolCallState Next) : Verdict;
}

/// <summary>The rules of agreeing: who may, to what, until when.</summary>
internal static class Approvals
{
    private const string TooLate = "Nobody agreed in time.";

    /// <summary>Whether somebody may decide a call, and what follows. Whose workflow it is must be known already.</summary>
    public static Verdict Judge(ToolCallState call, Approver approver, bool isApproved, string argumentsHash, DateTimeOffset now)
    {
        if (call.Stage is ToolCallStage.None)
        {
            return new Verdict.Refused(Refusal.NoSuchToolCall);
        }

        if (Forbids(call, approver) is { } forbidden)
        {
            return new Verdict.Refused(forbidden);
        }

        if (call.ArgumentsHash != argumentsHash)
        {
            return Conflict("The decision speaks of other arguments than the call.");
        }

        if (call.Stage is not ToolCallStage.PendingApproval)
        {
            // One that nobody decided was denied by time, or by the workflow's end.
            return call.IsApproved == isApproved || (call.IsApproved is null && call.Stage is ToolCallStage.Denied && !isApproved)
                ? new Verdict.Stands()
                : Conflict(call.IsApproved is null && call.Stage is ToolCallStage.Denied ? call.Error! : "The opposite was decided before.");
        }

        if (IsOverdue(call, now))
        {
            return isApproved ? Conflict(TooLate) : new Verdict.Denied(Expire(call, now));
        }

        // An operator is always named; whose workflow it is stands at the head of its trail, or is left out there.
        var by = call.Approval is Approval.Operator ? $"operator {approver.User.Subject}" : "user";
        var decided = call with { IsApproved = isApproved, DecidedBy = by, DecidedAt = now };
        return isApproved
            ? new Verdict.Approved(decided)
            : new Verdict.Denied(ToolCallRules.Deny(decided, call.Approval is Approval.Operator ? "An operator said no." : "The user said no.", now));
    }

    public static bool IsOverdue(ToolCallState call, DateTimeOffset now) => call.Stage is ToolCallStage.PendingApproval && call.ApproveBy <= now;

    public static ToolCallState Expire(ToolCallState call, DateTimeOffset now) => ToolCallRules.Deny(call, TooLate, now);

    private static Refusal? Forbids(ToolCallState call, Approver approver) => call.Approval switch
    {
        Approval.None => new(RefusalCode.ToolCallConflict, "This call needs nobody's approval."),
        Approval.Operator when !approver.IsOperator => Forbidden("approval.operator", "an operator must agree"),
        Approval.User when approver.User != call.Owner => Forbidden("approval.user", "the workflow's own user must agree"),
        _ => null,
    };

    private static Refusal Forbidden(string rule, string what) =>
        new(RefusalCode.Forbidden, "Somebody else must agree to this call.") { Faults = [new(rule, what)] };

    private static Verdict.Refused Conflict(string why) => new(new Refusal(RefusalCode.ToolCallConflict, why));
}
