using System.Collections.Immutable;

namespace SessionGrains;

/// <summary>What operators ask of the cluster as a whole. Whoever asks has made sure to be one. Holds no state; key 0.</summary>
[Alias("SessionGrains.IOperationsGrain")]
public interface IOperationsGrain : IGrainWithIntegerKey
{
    /// <summary>Anybody's workflows, live and ended, newest first; their trails are left out.</summary>
    /// <param name="after">The <see cref="RecordPage.Next"/> of the page before; null for the first page.</param>
    [ForClients, Alias("Workflows")]
    Task<RecordPage> Workflows(WorkflowFilter filter, int limit, string? after);

    /// <summary>Ends every live workflow that matches, and refuses new ones for a while if that is asked for.</summary>
    [ForClients, Alias("Revoke")]
    Task<RevocationCounts> Revoke(Revocation revocation);

    /// <summary>What may not start now.</summary>
    [ForClients, Alias("Blocks")]
    Task<ImmutableArray<StartBlock>> Blocks();

    /// <summary>Lets again start what was blocked; answers whether it was.</summary>
    [ForClients, Alias("Lift")]
    Task<bool> Lift(UserId by, RevocationTarget target);

    /// <summary>The definitions that can be started now, by name, as the silo that answers has loaded them.</summary>
    [ForClients, Alias("Definitions")]
    Task<ImmutableArray<DefinitionSummary>> Definitions();

    /// <summary>Says rule by rule what would become of a start, and starts nothing.</summary>
    [ForClients, Alias("Evaluate")]
    Task<Outcome<Evaluation>> Evaluate(string definition, EvaluationRequest request);

    /// <summary>What happened in workflows that are over, and what operators did, newest first.</summary>
    /// <param name="after">The <see cref="AuditPage.Next"/> of the page before; null for the first page.</param>
    [ForClients, Alias("Audit")]
    Task<AuditPage> Audit(AuditQuestion question, int limit, string? after);

    /// <summary>The silos that are not dead, by name.</summary>
    [ForClients, Alias("Cluster")]
    Task<ImmutableArray<SiloSummary>> Cluster();

    /// <summary>Takes a silo out of service as a SIGTERM would: it hands over what it holds, and its process ends. Null when there is no such silo.</summary>
    [ForClients, Alias("Drain")]
    Task<SiloSummary?> Drain(UserId by, string silo, string? reasonDetail);

    /// <summary>What webhook endpoints were told or are to be told, newest first.</summary>
    /// <param name="after">The <see cref="WebhookPage.Next"/> of the page before; null for the first page.</param>
    [ForClients, Alias("Webhooks")]
    Task<WebhookPage> Webhooks(WebhookQuestion question, int limit, string? after);

    /// <summary>Delivers a webhook once more, with the id that it has. Null when there is none of this id, or none any more.</summary>
    [ForClients, Alias("Redeliver")]
    Task<WebhookDelivery?> Redeliver(UserId by, string id, string? reasonDetail);
}
