using System.Text.Json.Serialization;
using SessionGrains.Api.ToolCalls;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.Admin;

/// <summary>A workflow as an operator sees it: with its owner, and what happened in it.</summary>
internal sealed class WorkflowRecordAnswer(WorkflowRecord record, ConnectUrl connectUrl) : WorkflowAnswer(record.Workflow, connectUrl)
{
    [JsonPropertyOrder(1)]
    public OwnerAnswer Owner => new(record.Owner.Issuer, record.Owner.Tenant, record.Owner.Subject);

    [JsonPropertyOrder(2)]
    public string? Silo => record.Silo;

    [JsonPropertyOrder(2)]
    public string? ReasonDetail => record.ReasonDetail;

    [JsonPropertyOrder(3)]
    public IEnumerable<ToolCallDocument> Approvals => record.Approvals.Select(call => new ToolCallDocument(call));

    [JsonPropertyOrder(4)]
    public IEnumerable<TrailEntryAnswer> Timeline => record.Trail.Select(entry => new TrailEntryAnswer(entry.At.UtcDateTime, entry.Kind, entry.Detail));
}

/// <summary>Whose a workflow is.</summary>
internal sealed record OwnerAnswer(string Issuer, string? Tenant, string Subject);

/// <summary>One thing that happened.</summary>
internal sealed record TrailEntryAnswer(DateTime At, string Kind, string? Detail);
