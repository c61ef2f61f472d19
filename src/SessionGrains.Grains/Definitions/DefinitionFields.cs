using System.Collections.Immutable;
using SessionGrains.Tools.Files;

namespace SessionGrains.Grains.Definitions;

/// <summary>The members of a definition file, their defaults, their bounds and their words.</summary>
/// <remarks>The reader, the shipped JSON Schema and the documentation say the same: tests compare them with this page.</remarks>
internal static class DefinitionFields
{
    public static ImmutableArray<string> Root { get; } =
    [
        "$schema", "name", "mode", "session", "inputs", "allow", "tools", "limits", "quotas", "guard", "transcripts", "authorizer",
    ];

    public static ImmutableArray<string> Allow { get; } = ["anyone_signed_in", "scopes", "roles", "claims", "origins"];

    public static ImmutableArray<string> Tool { get; } = ["name", "approval", "max_calls"];

    public static ImmutableArray<string> Authorizer { get; } = ["url", "signing_secret_env", "timeout_ms"];

    public static NumberField SecretTtl { get; } = new("secret_ttl_seconds", 30, 10, 7200);
    public static NumberField MaxSecrets { get; } = new("max_secrets", 3, 1, 1000);
    public static NumberField Attach { get; } = new("attach_seconds", 45, 1, 7200);
    public static NumberField MaxDuration { get; } = new("max_duration_seconds", 900, 1, 3540);
    public static NumberField IdleTimeout { get; } = new("idle_timeout_seconds", 120, 1, 3540);
    public static NumberField Heartbeat { get; } = new("heartbeat_seconds", 0, 0, 600);
    public static NumberField HeartbeatGrace { get; } = new("heartbeat_grace_seconds", 45, 1, 3540);
    public static NumberField ControlLost { get; } = new("control_lost_seconds", 20, 1, 3540);
    public static NumberField MaxToolCalls { get; } = new("max_tool_calls", 50, 0, 10_000);
    public static NumberField MaxConcurrentToolCalls { get; } = new("max_concurrent_tool_calls", 4, 1, 100);
    public static NumberField MaxCost { get; } = new("max_cost_usd", 1.50m, 0, 10_000, IsWhole: false);
    public static NumberField MaxResponses { get; } = new("max_responses", 200, 1, 100_000);

    public static ImmutableArray<NumberField> Limits { get; } =
    [
        SecretTtl, MaxSecrets, Attach, MaxDuration, IdleTimeout, Heartbeat, HeartbeatGrace, ControlLost,
        MaxToolCalls, MaxConcurrentToolCalls, MaxCost, MaxResponses,
    ];

    public static NumberField LivePerUser { get; } = new("live_per_user", 1, 1, 1_000_000);
    public static NumberField LivePerTenant { get; } = new("live_per_tenant", 50, 1, 1_000_000);
    public static NumberField StartsPerMinute { get; } = new("starts_per_user_per_minute", 10, 1, 1_000_000);

    public const string WhenUserIsFull = "when_user_is_full";

    public static ImmutableArray<NumberField> Quotas { get; } = [LivePerUser, LivePerTenant, StartsPerMinute];

    /// <summary>Without it, only the workflow's own limit counts.</summary>
    public static NumberField MaxCalls { get; } = new("max_calls", 0, 1, 10_000);

    public static NumberField AuthorizerTimeout { get; } = new("timeout_ms", 1500, 100, 10_000);

    public static ImmutableArray<(string Word, ConnectionMode Value)> Modes { get; } =
        [("client_secret", ConnectionMode.ClientSecret), ("brokered", ConnectionMode.Brokered), ("sealed", ConnectionMode.Sealed)];

    public static ImmutableArray<(string Word, Guard Value)> Guards { get; } =
        [("revert", Guard.Revert), ("end", Guard.End), ("warn", Guard.Warn)];

    public static ImmutableArray<(string Word, Approval Value)> Approvals { get; } =
        [("none", Approval.None), ("user", Approval.User), ("operator", Approval.Operator)];

    public static ImmutableArray<(string Word, WhenUserIsFull Value)> WhenFull { get; } =
        [("refuse", Definitions.WhenUserIsFull.Refuse), ("supersede", Definitions.WhenUserIsFull.Supersede)];
}
