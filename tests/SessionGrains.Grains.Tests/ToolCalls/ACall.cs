using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Tools;
using SessionGrains.Tools.Running;

namespace SessionGrains.Grains.Tests.ToolCalls;

/// <summary>Tool calls in every stage, for tests of the rules.</summary>
internal static class ACall
{
    public const string Activation = "activation-1";

    public static readonly ToolCallOptions Options = new();

    public static readonly ToolCallKey Key = ToolCallKey.Parse("wf_abcdefghijklmnopqrstuvwxyz/call_1");

    public static readonly string Hash = ToolCallRules.HashOf(PretendTools.Arguments);

    public static readonly Approver Owner = new(A.Ada, IsOperator: false);

    public static readonly Approver Operator = new(A.Eve, IsOperator: true);

    public static ToolCallState Asked(ToolEffect effect = ToolEffect.Unkeyed, Approval approval = Approval.None) => new()
    {
        Name = PretendTools.Refund,
        ArgumentsHash = Hash,
        Arguments = PretendTools.Arguments,
        Effect = effect,
        Approval = approval,
        Owner = A.Ada,
        Until = A.Noon + A.Seconds(900),
    };

    public static ToolCallState Begun(ToolEffect effect = ToolEffect.Unkeyed, Approval approval = Approval.None) =>
        ToolCallRules.Begin(Asked(effect, approval), Activation, A.Noon, Options);

    public static ToolCallState Ended(ToolResult result, ToolEffect effect = ToolEffect.Unkeyed) =>
        ToolCallRules.Finish(Begun(effect), result, A.Noon + A.Seconds(1));

    public static ToolCallState Approved() =>
        ToolCallRules.Start(((Verdict.Approved)Judge(Begun(approval: Approval.User), Owner, true)).Next, Activation, A.Noon + A.Seconds(1), Options);

    public static ToolCallState Denied() => ((Verdict.Denied)Judge(Begun(approval: Approval.User), Owner, false)).Next;

    public static Verdict Judge(ToolCallState call, Approver approver, bool isApproved, double secondsAfterNoon = 1) =>
        Approvals.Judge(call, approver, isApproved, Hash, A.Noon + A.Seconds(secondsAfterNoon));
}
