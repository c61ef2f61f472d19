using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Sessions;

/// <summary>What a call carries: its identity and its effective configuration.</summary>
internal sealed class RealtimeSession(string id, JsonObject configured, DateTimeOffset expiresAt)
{
    public string Id => id;

    public DateTimeOffset ExpiresAt => expiresAt;

    public JsonObject Configuration { get; } = SessionConfiguration.Effective(configured, id, expiresAt.ToUnixTimeSeconds());

    public string Model => Configuration["model"]!.GetValue<string>();
}
