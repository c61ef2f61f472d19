using SessionGrains.Grains.Definitions;
using static SessionGrains.Grains.Workflows.WorkflowCommand;
using static SessionGrains.Phase;

namespace SessionGrains.Grains.Workflows;

/// <summary>The rules of time. Whoever knocks, and however often, only these decide.</summary>
internal static class Deadlines
{
    public static Decision Check(WorkflowState state, LookAtClock look, DateTimeOffset now, Limits limits)
    {
        // An attempt that outlived its time was lost with its silo, or its answer could not be stored.
        var known = state.Attempt is { } attempt && attempt.Until <= now ? Calls.GiveUp(state, now, "no outcome in time") : state;
        return known.IsLive && Overdue(known, look, now, limits) is { } reason ? Lifecycle.BeginTeardown(known, reason, now) : known;
    }

    /// <summary>When the clock must be looked at next; null when nothing is waited for.</summary>
    public static DateTimeOffset? Next(WorkflowState state, LookAtClock look, Limits limits)
    {
        var due = state.DueAt is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : (DateTimeOffset?)null;
        return new[] { due, FarewellBy(state, look), HeartbeatBy(state, look, limits), ControlBy(state, look, limits), IdleBy(state, look, limits) }.Min();
    }

    /// <summary>Whoever looks late, as after a crash, may find several deadlines behind him: the first of them is the reason.</summary>
    /// <remarks>
    /// Those that are stored go before those that an activation remembers: one that was frozen has heard no heartbeat and no
    /// voice meanwhile, which says nothing about whether there were any.
    /// </remarks>
    private static EndReason? Overdue(WorkflowState state, LookAtClock look, DateTimeOffset now, Limits limits) =>
        First(now, (state.ExpiresAt, EndReason.MaxDuration), (state.Phase is Ready ? state.AttachBy : null, EndReason.NeverConnected))
        ?? First(
            now,
            (FarewellBy(state, look), EndReason.Completed),
            (HeartbeatBy(state, look, limits), EndReason.HeartbeatLost),
            (ControlBy(state, look, limits), EndReason.ControlLost),
            (IdleBy(state, look, limits), EndReason.Idle));

    private static EndReason? First(DateTimeOffset now, params (DateTimeOffset? By, EndReason Reason)[] deadlines) =>
        deadlines.Where(deadline => deadline.By <= now).OrderBy(deadline => deadline.By).Select(deadline => (EndReason?)deadline.Reason).FirstOrDefault();

    private static DateTimeOffset? FarewellBy(WorkflowState state, LookAtClock look) => state.Phase is Active ? look.FarewellBy : null;

    private static DateTimeOffset? HeartbeatBy(WorkflowState state, LookAtClock look, Limits limits) =>
        state.Phase is Active && limits.Heartbeat > TimeSpan.Zero
            ? look.LastHeartbeat + limits.Heartbeat + limits.HeartbeatGrace
            : null;

    /// <summary>A call that we cannot see into must not go on for long. In client secret mode nothing better was promised.</summary>
    private static DateTimeOffset? ControlBy(WorkflowState state, LookAtClock look, Limits limits) =>
        state.Phase is Active && state.Mode is not ConnectionMode.ClientSecret && limits.ControlLost > TimeSpan.Zero
            ? look.ControlLostSince + limits.ControlLost
            : null;

    /// <summary>Without the sideband we cannot see silence, so we do not punish it.</summary>
    private static DateTimeOffset? IdleBy(WorkflowState state, LookAtClock look, Limits limits) =>
        state.Phase is Active && look.Control is Control.Full && limits.IdleTimeout > TimeSpan.Zero
            ? look.LastActivity + limits.IdleTimeout
            : null;
}
