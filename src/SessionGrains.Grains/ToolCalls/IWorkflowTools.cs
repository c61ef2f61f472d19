using Orleans.Concurrency;
using SessionGrains.Grains.Definitions;
using SessionGrains.Tools;

namespace SessionGrains.Grains.ToolCalls;

/// <summary>What a tool call asks of its workflow, and tells it. Only tool calls go through this door.</summary>
[Alias("SessionGrains.IWorkflowTools")]
internal interface IWorkflowTools : IGrainWithStringKey
{
    /// <summary>Whether a call may run, and how. A call that may is counted from now on; asking again for the same call counts nothing.</summary>
    [AlwaysInterleave, Alias("Admit")]
    Task<Outcome<ToolGrant>> Admit(ToolClaim claim);

    /// <summary>A call was refused before its workflow was asked: another one has its id.</summary>
    [AlwaysInterleave, Alias("Refused")]
    Task Refused(ToolCallId callId, string name, RefusalCode code);

    /// <summary>A call began, waits for approval, or has its outcome.</summary>
    [AlwaysInterleave, Alias("Changed")]
    Task Changed(ToolCallView call, bool endsWorkflow);
}

/// <summary>A tool call that wants to run.</summary>
/// <param name="ArgumentsHash">Hash of the canonical arguments, or of their text where they are wrong.</param>
/// <param name="ArgumentsError">What is wrong with the arguments, in words for the model; null when nothing is.</param>
/// <param name="By">Who passes it on; null for the sideband.</param>
/// <param name="Effect">What running the tool twice would do; unkeyed where it is not known.</param>
[GenerateSerializer, Immutable, Alias("SessionGrains.ToolClaim")]
internal sealed record ToolClaim(
    [property: Id(0)] ToolCallId CallId,
    [property: Id(1)] string Name,
    [property: Id(2)] string ArgumentsHash,
    [property: Id(3)] string? ArgumentsError,
    [property: Id(4)] UserId? By,
    [property: Id(5)] ToolEffect Effect)
{
    public ToolCallSource Source => By is null ? ToolCallSource.Sideband : ToolCallSource.Relay;
}

/// <summary>The permission to run a tool once.</summary>
/// <param name="Until">When the workflow ends at the latest; nobody waits for a result after it.</param>
/// <param name="IsNew">Whether the workflow hears of the call for the first time. Then nothing is stored of it, but by a silo that is gone and was still writing when the workflow read its rows.</param>
[GenerateSerializer, Immutable, Alias("SessionGrains.ToolGrant")]
internal sealed record ToolGrant(
    [property: Id(0)] UserId Owner, [property: Id(1)] Approval Approval, [property: Id(2)] DateTimeOffset Until, [property: Id(3)] bool IsNew);
