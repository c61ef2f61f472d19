using System.Collections.Immutable;
using Orleans.Concurrency;

namespace SessionGrains;

/// <summary>One user's workflow, from admission to teardown. Keyed by <see cref="WorkflowId"/>.</summary>
/// <remarks>
/// Only its owner can see or move it; to anyone else it does not exist. Methods that wait for the world outside interleave,
/// so that a slow mint never blocks an end, an expiry or a view; what changes the state is still done one at a time.
/// </remarks>
[Alias("SessionGrains.IWorkflowGrain")]
public interface IWorkflowGrain : IGrainWithStringKey
{
    /// <summary>Authorizes the caller, admits the workflow and mints the secret that the browser connects with.</summary>
    /// <remarks>With an idempotency key, a repeat answers with the first workflow and a fresh secret while the policy has one left.</remarks>
    [AlwaysInterleave, ForClients, Alias("Start")]
    Task<Outcome<StartedWorkflow>> Start(Caller caller, StartWorkflow request, CancellationToken cancellationToken = default);

    /// <summary>The workflow as its owner sees it, also after it ended.</summary>
    [AlwaysInterleave, ForClients, Alias("View")]
    Task<Outcome<WorkflowView>> View(UserId caller);

    /// <summary>Mints a fresh secret for a reconnect.</summary>
    [AlwaysInterleave, ForClients, Alias("RenewSecret")]
    Task<Outcome<StartedWorkflow>> RenewSecret(UserId caller, CancellationToken cancellationToken = default);

    /// <summary>Creates the call for a browser that holds one of our own secrets.</summary>
    /// <param name="secretHash">The secret's <see cref="OwnSecret.Hash"/>; the secret itself stays in the API.</param>
    [AlwaysInterleave, ForClients, Alias("Connect")]
    Task<Outcome<CallAnswer>> Connect(string secretHash, string offer, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="Connect"/>; asked again with the same name it gives the same answer, for as long as this activation remembers.</summary>
    /// <param name="requestId">Names the request: whoever lost its answer on the way asks for it again with this.</param>
    [AlwaysInterleave, ForClients, Alias("ConnectOnce")]
    Task<Outcome<CallAnswer>> ConnectOnce(string secretHash, string offer, string requestId, CancellationToken cancellationToken = default);

    /// <summary>Takes the id of the call that the browser created itself, in client secret mode.</summary>
    [AlwaysInterleave, ForClients, Alias("ReportCall")]
    Task<Outcome<WorkflowView>> ReportCall(UserId caller, CallId call);

    /// <summary>Says that the browser is still there.</summary>
    [ForClients, Alias("Heartbeat")]
    Task<Outcome<WorkflowView>> Heartbeat(UserId caller);

    /// <summary>What happened after an event; waits about ten seconds for the next one.</summary>
    /// <param name="after">The last id that the caller has; null for none.</param>
    /// <param name="opens">Whether a stream opens: then a snapshot comes first and nothing is waited for.</param>
    [AlwaysInterleave, ForClients, Alias("Events")]
    Task<Outcome<EventPage>> Events(UserId caller, long? after, bool opens, CancellationToken cancellationToken = default);

    /// <summary>Ends the workflow. Ending an ended workflow is harmless.</summary>
    [AlwaysInterleave, ForClients, Alias("End")]
    Task<Outcome<WorkflowView>> End(UserId caller, string? reasonDetail);

    /// <summary>The workflow as an operator sees it, whoever's it is. Whoever asks has made sure to be one.</summary>
    [AlwaysInterleave, ForClients, Alias("Inspect")]
    Task<Outcome<WorkflowRecord>> Inspect();

    /// <summary>Ends the workflow in an operator's name, whoever's it is. Revoking an ended workflow is harmless.</summary>
    /// <param name="by">The operator. Whoever asks has made sure that it is one.</param>
    [AlwaysInterleave, ForClients, Alias("Revoke")]
    Task<Outcome<WorkflowRecord>> Revoke(UserId by, string? reasonDetail);

    /// <summary>Ends the workflow to make room for a newer one of the same user, and waits a while for its slot to be free.</summary>
    [AlwaysInterleave, ForSilos, Alias("Supersede")]
    Task Supersede();

    /// <summary>Looks at the clock: what is due is done. Anybody inside the cluster may knock at any time.</summary>
    [ForSilos, Alias("Knock")]
    Task Knock();
}

/// <summary>What a caller asks for. Everything else is the definition's to say.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.StartWorkflow")]
public sealed record StartWorkflow(
    [property: Id(0)] string Definition,
    [property: Id(1)] string InputsJson,
    [property: Id(2)] ImmutableDictionary<string, string> Metadata,
    [property: Id(3)] string? IdempotencyKey);

/// <summary>A workflow with a fresh secret; without one when the policy allows no more of them.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.StartedWorkflow")]
public sealed record StartedWorkflow(
    [property: Id(0)] WorkflowView Workflow, [property: Id(1)] ClientSecret? Secret, [property: Id(2)] bool IsReplay);

/// <summary>The SDP answer of a call, and the call's id.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.CallAnswer")]
public sealed record CallAnswer([property: Id(0)] CallId Call, [property: Id(1)] string Answer)
{
    public override string ToString() => $"{Call}";
}
