using System.Text.Json;
using System.Text.Json.Serialization;
using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Storage;

namespace SessionGrains.Grains.Workflows;

/// <summary>The outside pictures of a workflow: for its owner while it lives, and as the report that outlives it.</summary>
internal static class WorkflowViews
{
    private static readonly JsonSerializerOptions ReportOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower), new WorkflowIdConverter() },
    };

    public static WorkflowView Of(WorkflowId id, WorkflowState state, PolicyView policy, string? connectionUrl, Control control) => new(
        id,
        state.Definition,
        state.DefinitionVersion,
        state.Phase,
        state.EndReason,
        state.Phase is Phase.Ended ? state.HangUp : null,
        control,
        state.CreatedAt,
        state.ExpiresAt,
        state.Phase is Phase.Ended ? state.EndedAt : null,
        new(state.Mode, connectionUrl, state.CallId),
        policy,
        UsageOf(state.Usage ?? Consumption.None, state.ToolCalls ?? 0),
        state.Metadata);

    public static UsageView UsageOf(Consumption used, int toolCalls) => new(
        used.Responses,
        used.InputTokens,
        used.OutputTokens,
        used.AudioInputTokens,
        used.AudioOutputTokens,
        used.CostUsd,
        toolCalls,
        used.IsEstimated);

    /// <summary>What is filed of an ended workflow: its last view, its trail, and the slot that comes back with it.</summary>
    public static FinalReport Report(WorkflowId id, WorkflowState ended, WorkflowView view) => new(
        id.Value,
        ended.Owner!.UserKey,
        ended.Owner.TenantKey,
        ended.Definition,
        JsonNamingPolicy.SnakeCaseLower.ConvertName(ended.EndReason.ToString()!),
        ended.CreatedAt,
        ended.EndedAt!.Value,
        JsonSerializer.Serialize(new Filed(view, ended.Owner, ended.EndDetail), ReportOptions),
        [.. ended.Timeline.Select((entry, seq) => new AuditEvent(seq, entry.At, entry.Kind, NotedText.Of(entry.Detail ?? "")))])
    {
        Subject = ended.Owner.Subject,
        Tenant = ended.Owner.Tenant,
        // No secret was handed out: whoever tries again with the same key wants a workflow, not this failure once more.
        FreesItsKey = ended is { EndReason: EndReason.Failed, SecretsMinted: 0 },
    };

    /// <summary>The last view of a workflow, out of its filed report.</summary>
    public static WorkflowView Read(FinalReport report) => JsonSerializer.Deserialize<Filed>(report.Report, ReportOptions)!.Workflow;

    /// <summary>The filed workflow as an operator sees it.</summary>
    public static WorkflowRecord ReadRecord(string report, IEnumerable<AuditEvent> events)
    {
        var filed = JsonSerializer.Deserialize<Filed>(report, ReportOptions)!;
        return new(
            filed.Workflow,
            filed.Owner,
            filed.ReasonDetail,
            [.. events.Select(e => new TrailEntry(e.At, e.Kind, e.Detail is "" ? null : e.Detail))]);
    }

    /// <summary>The stored form of a report; members may be added, never renamed.</summary>
    private sealed record Filed(WorkflowView Workflow, UserId Owner, string? ReasonDetail);

    private sealed class WorkflowIdConverter : JsonConverter<WorkflowId>
    {
        public override WorkflowId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            WorkflowId.Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, WorkflowId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }
}
