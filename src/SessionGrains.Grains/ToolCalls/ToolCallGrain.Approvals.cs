using SessionGrains.Tools.Running;

namespace SessionGrains.Grains.ToolCalls;

/// <content>The turns of a call that waits for somebody: approved, denied, or too late. The rules are in <see cref="Approvals"/>.</content>
internal sealed partial class ToolCallGrain
{
    private IGrainTimer? expiry;

    private async Task<Refusal?> Judge(Approver approver, bool isApproved, string argumentsHash)
    {
        switch (Approvals.Judge(current, approver, isApproved, argumentsHash, clock.GetUtcNow()))
        {
            case Verdict.Refused(var refusal):
                logger.DecisionRefused(Key, refusal.Code);
                return refusal;
            case Verdict.Denied(var denied):
                await Save(denied);
                return null;
            case Verdict.Approved(var approved):
                return await Approve(approved);
            default:
                return null;
        }
    }

    /// <summary>The workflow is asked once more: it may be over, whatever it said before.</summary>
    private async Task<Refusal?> Approve(ToolCallState approved)
    {
        var asked = clock.GetTimestamp();
        var grant = await Tools.Admit(Claim(approved));
        if (!grant.IsAccepted)
        {
            return grant.Refusal;
        }

        var (tool, checkedArguments) = Check(approved.Name, approved.Arguments);
        var next = ToolCallRules.Start(approved, activation, clock.GetUtcNow(), options.Value);
        if (tool is null || tool.Effect != approved.Effect || checkedArguments.Value is not { } arguments)
        {
            var failed = ToolCallRules.Finish(next, new ToolResult.Failed("The tool has changed since it was asked for."), clock.GetUtcNow());
            await Save(failed with { StartedAt = null, Activation = null });
            return null;
        }

        await Save(next);
        Failpoint.Hit("tool-started");
        going = Send(tool, arguments, asked, attempt: 1);
        return null;
    }

    private async Task<bool> DenyPending()
    {
        await Save(ToolCallRules.Deny(current, "The workflow ended.", clock.GetUtcNow()));
        return true;
    }

    private Task<bool> Expire() => InTurn(async () =>
    {
        var now = clock.GetUtcNow();
        await Save(Approvals.IsOverdue(current, now) ? Approvals.Expire(current, now) : current);
        if (current.Stage is ToolCallStage.PendingApproval)
        {
            // A timer may be a moment early, and it rings once.
            expiry?.Dispose();
            expiry = null;
            WaitForApproval();
        }

        return true;
    });

    private void WaitForApproval()
    {
        if (current is not { Stage: ToolCallStage.PendingApproval, ApproveBy: { } approveBy })
        {
            expiry?.Dispose();
            expiry = null;
            return;
        }

        var due = approveBy - clock.GetUtcNow();
        expiry ??= this.RegisterGrainTimer(
            _ => Expire(),
            new GrainTimerCreationOptions(due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan) { Interleave = true });
    }
}
