using Orleans.Concurrency;

namespace SessionGrains;

/// <summary>One tool call, with one recorded outcome. Keyed by its workflow's id, a slash and the call's id.</summary>
/// <remarks>Copies of the same call get the same result; only the workflow's owner, or an operator who must agree, can see or move it.</remarks>
[Alias("SessionGrains.IToolCallGrain")]
public interface IToolCallGrain : IGrainWithStringKey
{
    /// <summary>Runs a tool call that the browser passes on, in client secret mode. A repeat answers with the first result.</summary>
    /// <remarks>It waits a while for the outcome; a call that runs longer, or that waits for approval, is answered as it is by then.</remarks>
    /// <param name="argumentsJson">The arguments as the model wrote them, valid JSON or not.</param>
    [AlwaysInterleave, ForClients, Alias("Relay")]
    Task<Outcome<ToolCallAnswer>> Relay(UserId caller, string name, string argumentsJson, CancellationToken cancellationToken = default);

    /// <summary>The call as its owner sees it, until its workflow is torn down.</summary>
    [AlwaysInterleave, ForClients, Alias("View")]
    Task<Outcome<ToolCallView>> View(UserId caller);

    /// <summary>Says yes or no to a call that waits for it. The hash shows that both speak of the same arguments; a repeat of the same decision is harmless.</summary>
    [AlwaysInterleave, ForClients, Alias("Decide")]
    Task<Outcome<ToolCallView>> Decide(Approver approver, bool isApproved, string argumentsHash);
}

/// <summary>Who says yes or no.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.Approver")]
public sealed record Approver([property: Id(0)] UserId User, [property: Id(1)] bool IsOperator);

/// <summary>A tool call, and whether it was there before it was asked for.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.ToolCallAnswer")]
public sealed record ToolCallAnswer([property: Id(0)] ToolCallView Call, [property: Id(1)] bool IsReplay);
