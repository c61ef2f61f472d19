using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Workflows;

namespace SessionGrains.Grains.Webhooks;

/// <summary>Writes the words of a webhook, once: every attempt sends the same ones. Pure.</summary>
internal static class WebhookBodies
{
    private const int IdLength = 40;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>What each endpoint that wants to know is sent of these events, in their order.</summary>
    public static IReadOnlyList<WebhookRow> Rows(
        IEnumerable<KeyValuePair<string, WebhookEndpoint>> endpoints, WorkflowId id, WorkflowState state, IReadOnlyList<WebhookEvent> events)
    {
        var workflow = WorkflowOf(id, state);
        return
        [
            .. from happened in events
               let body = Body(happened, workflow)
               from endpoint in endpoints
               where endpoint.Value.Gets(happened.Type)
               select new WebhookRow(IdOf(endpoint.Key, id, happened.Key), endpoint.Key, happened.Type, happened.At, body),
        ];
    }

    /// <summary>The same for every telling of one event to one endpoint, and of no other.</summary>
    public static string IdOf(string endpoint, WorkflowId workflow, string eventKey) =>
        // A JSON array says where one text ends and the next begins.
        $"msg_{Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes<string[]>([endpoint, workflow.Value, eventKey])))[..IdLength]}";

    private static string Body(WebhookEvent happened, WebhookWorkflow workflow) =>
        JsonSerializer.Serialize(new Envelope(happened.Type, happened.At.UtcDateTime, happened.About with { Workflow = workflow }), Options);

    private static WebhookWorkflow WorkflowOf(WorkflowId id, WorkflowState state) => new(
        id.Value,
        state.Definition,
        state.DefinitionVersion,
        state.Mode,
        new(state.Owner!.Issuer, state.Owner.Tenant, state.Owner.Subject),
        state.Metadata,
        state.CreatedAt.UtcDateTime,
        state.ExpiresAt.UtcDateTime);

    private sealed record Envelope(string Type, DateTime Timestamp, WebhookData Data);
}
