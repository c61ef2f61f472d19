using System.Collections.Immutable;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Workflows;
using Xunit;
using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>Workflows in every phase, for tests of the rules.</summary>
internal static class A
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    public static readonly UserId Ada = new("https://issuer.test", "acme", "ada");

    public static readonly UserId Eve = new("https://issuer.test", "acme", "eve");

    public static readonly Limits Limits = new()
    {
        SecretTtl = Seconds(30),
        MaxSecrets = 3,
        Attach = Seconds(45),
        MaxDuration = Seconds(900),
        IdleTimeout = Seconds(120),
        Heartbeat = Seconds(15),
        HeartbeatGrace = Seconds(45),
        ControlLost = Seconds(20),
        MaxToolCalls = 50,
        MaxConcurrentToolCalls = 4,
        MaxCostUsd = 1.5m,
        MaxResponses = 200,
    };

    public static CallId Call(string name) => CallId.Parse($"rtc_{name}");

    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    public static WorkflowState Ready(ConnectionMode mode = ConnectionMode.Brokered) => Next(WorkflowState.None, Beginning(mode), Noon);

    public static WorkflowState Connecting() => Next(Ready(), new Connect("hash-1", "attempt-1"), Noon);

    public static WorkflowState Active(ConnectionMode mode = ConnectionMode.Brokered) => mode is ConnectionMode.ClientSecret
        ? Next(Ready(mode), new ReportCall(Call("one")) { By = Ada }, Noon)
        : Next(Connecting(), new CallCreated("attempt-1", Call("one")), Noon);

    public static WorkflowState Ending(ConnectionMode mode = ConnectionMode.Brokered) => Next(Active(mode), new End(EndReason.UserEnded) { By = Ada }, Noon);

    public static WorkflowState Ended(ConnectionMode mode = ConnectionMode.Brokered) =>
        Lifecycle.Tombstone(Next(Ending(mode), new HangUpSettled(Call("one"), HangUpResult.Confirmed), Noon));

    public static Begin Beginning(ConnectionMode mode = ConnectionMode.Brokered) => new(
        Ada, "voice-intake", "v1", mode, ImmutableDictionary<string, string>.Empty, ImmutableDictionary<string, string>.Empty, null,
        mode is ConnectionMode.ClientSecret ? null : "hash-1");

    public static LookAtClock Look(DateTimeOffset? heartbeat = null, DateTimeOffset? activity = null, Control control = Control.Degraded) =>
        new(heartbeat ?? DateTimeOffset.MaxValue - Seconds(3600), activity ?? DateTimeOffset.MaxValue - Seconds(3600), control);

    public static WorkflowState Next(WorkflowState state, WorkflowCommand command, DateTimeOffset now)
    {
        var decision = Lifecycle.Decide(state, command, now, Limits);
        Assert.Null(decision.Refusal);
        return decision.Next;
    }

    public static Decision Decide(WorkflowState state, WorkflowCommand command, double secondsAfterNoon = 0) =>
        Lifecycle.Decide(state, command, Noon + Seconds(secondsAfterNoon), Limits);
}
