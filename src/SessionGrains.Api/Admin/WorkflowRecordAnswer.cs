using System.Text.Json.Serialization;
using SessionGrains.Api.ToolCalls;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.Admin;

/// <summary>A workflow as an operator sees it: with its owner, and what happened in it.</summary>
internal sealed class WorkflowRecordAnswer(WorkflowRecord record, ConnectUrl connectUrl) : ListedWorkflowAnswer(record, connectUrl)
{
    [JsonPropertyOrder(3)]
    public string? ReasonDetail => Record.ReasonDetail;

    [JsonPropertyOrder(4)]
    public IEnumerable<ToolCallDocument> Approvals => Record.Approvals.Select(call => new ToolCallDocument(call));

    [JsonPropertyOrder(5)]
    public IEnumerable<TrailEntryAnswer> Timeline => Record.Trail.Select(entry => new TrailEntryAnswer(entry.At.UtcDateTime, entry.Kind, entry.Detail));
}

/// <summary>Whose a workflow is.</summary>
internal sealed record OwnerAnswer(string Issuer, string? Tenant, string Subject);

/// <summary>One thing that happened.</summary>
internal sealed record TrailEntryAnswer(DateTime At, string Kind, string? Detail);
