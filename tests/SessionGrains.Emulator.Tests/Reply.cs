using System.Net;
using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Tests;

/// <summary>One answer, read to its end.</summary>
internal sealed record Reply(HttpStatusCode Status, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public JsonObject Json => JsonNode.Parse(Text)!.AsObject();

    public JsonArray Array => JsonNode.Parse(Text)!.AsArray();

    public JsonObject Error => Json["error"]!.AsObject();

    public string? ErrorCode => Error["code"]?.GetValue<string>();

    public string CallId => Headers["Location"].Split('/')[^1];

    public static async Task<Reply> Of(HttpResponseMessage response) => new(
        response.StatusCode,
        await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
        response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase));
}
