using System.Buffers;
using System.Globalization;
using System.Text.Json;
using SessionGrains.Tools.Running;

namespace SessionGrains.Tools.WebTools;

/// <summary>The request that an HTTP tool gets: documented members and headers, and nothing besides.</summary>
internal static class ToolMessage
{
    /// <summary>A new message for each attempt, with the same bytes, the same key and a signature of its own time.</summary>
    /// <exception cref="FormatException">The signing secret is none.</exception>
    public static HttpRequestMessage Create(ToolRun run, ToolTarget.Http target, string? secret, DateTimeOffset now)
    {
        var body = Body(run.Request);
        var message = new HttpRequestMessage(HttpMethod.Post, target.Url) { Content = new WatchedContent(body, run.Leave) };
        message.Headers.Add("Idempotency-Key", run.Request.IdempotencyKey);
        message.Headers.Add("X-Deadline", run.Deadline.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        if (target.SigningSecretEnv is not null)
        {
            // The id of a message is the same on every attempt, so a receiver can tell a repetition.
            WebhookSignature.Sign(message.Headers, run.Request.IdempotencyKey, now, body, secret ?? "");
        }

        return message;
    }

    private static byte[] Body(ToolRequest request)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            writer.WriteString("workflow_id", request.WorkflowId);
            writer.WriteString("call_id", request.CallId);
            writer.WriteString("tool", request.Tool);
            writer.WritePropertyName("arguments");
            request.Arguments.WriteTo(writer);
            writer.WriteStartObject("user");
            writer.WriteString("sub", request.Subject);
            writer.WriteString("tid", request.Tenant);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }
}
