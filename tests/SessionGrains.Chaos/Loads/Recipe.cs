using System.Text.Json.Nodes;

namespace SessionGrains.Chaos.Loads;

/// <summary>A definition that a load starts its workflows from.</summary>
internal sealed record Recipe(string Name, int Seconds, string Mode = "brokered", int PerUser = 100_000)
{
    /// <summary>How often its page must say that it is there, in seconds; 0 for never.</summary>
    public int Heartbeat { get; init; }

    /// <summary>Nothing but the end of its time, or its user, ends such a workflow.</summary>
    public string Limits => new JsonObject
    {
        ["max_duration_seconds"] = Seconds,
        ["attach_seconds"] = 30,
        ["secret_ttl_seconds"] = 30,
        ["max_secrets"] = 100,
        ["idle_timeout_seconds"] = 1800,
        ["control_lost_seconds"] = 60,
        ["max_tool_calls"] = 10_000,
        ["max_concurrent_tool_calls"] = 100,
        ["heartbeat_seconds"] = Heartbeat,
        ["heartbeat_grace_seconds"] = 30,
        ["max_cost_usd"] = 0,
        ["max_responses"] = 100_000,
    }.ToJsonString();

    public string Quotas => new JsonObject
    {
        ["live_per_user"] = PerUser,
        ["live_per_tenant"] = 100_000,
        ["starts_per_user_per_minute"] = 100_000,
    }.ToJsonString();
}
