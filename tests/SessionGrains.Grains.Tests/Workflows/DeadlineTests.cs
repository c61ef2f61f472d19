using SessionGrains.Grains.Workflows;
using Xunit;
using static SessionGrains.Grains.Tests.Workflows.A;
using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Tests.Workflows;

public sealed class DeadlineTests
{
    [Fact]
    public void A_workflow_that_nobody_connects_to_ends_as_never_connected()
    {
        Assert.Equal(Phase.Ready, Decide(Ready(), Look(), 44.9).Next.Phase);
        Assert.Equal(EndReason.NeverConnected, Decide(Ready(), Look(), 45).Next.EndReason);
    }

    [Fact]
    public void A_fresh_secret_gives_new_time_to_attach()
    {
        var renewed = Next(Ready(), new RenewSecret("hash-2") { By = Ada }, Noon + Seconds(40));

        Assert.Equal(Phase.Ready, Decide(renewed, Look(), 80).Next.Phase);
        Assert.Equal(EndReason.NeverConnected, Decide(renewed, Look(), 85).Next.EndReason);
    }

    [Fact]
    public void The_maximum_duration_ends_every_live_phase_and_owes_the_hang_up()
    {
        Assert.Equal(Phase.Active, Decide(Active(), Look(), 899.9).Next.Phase);

        var state = Decide(Active(), Look(), 900).Next;

        Assert.Equal((Phase.Ending, EndReason.MaxDuration), (state.Phase, state.EndReason!.Value));
        Assert.Equal(["rtc_one"], state.Owed.Select(owed => owed.CallId));
    }

    [Fact]
    public void Whoever_looks_late_names_the_deadline_that_passed_first()
    {
        Assert.Equal(EndReason.NeverConnected, Decide(Ready(), Look(), 2_000).Next.EndReason);
        Assert.Equal(EndReason.HeartbeatLost, Decide(Active(), Look(heartbeat: Noon), 600).Next.EndReason);
    }

    [Fact]
    public void What_is_stored_is_surer_than_what_an_activation_heard_since_it_may_have_been_frozen() =>
        Assert.Equal(EndReason.MaxDuration, Decide(Active(), Look(heartbeat: Noon + Seconds(600)), 2_000).Next.EndReason);

    [Fact]
    public void A_lost_heartbeat_ends_an_active_workflow_after_its_grace()
    {
        Assert.Equal(Phase.Active, Decide(Active(), Look(heartbeat: Noon), 59.9).Next.Phase);
        Assert.Equal(EndReason.HeartbeatLost, Decide(Active(), Look(heartbeat: Noon), 60).Next.EndReason);
    }

    [Fact]
    public void No_heartbeat_is_missed_where_none_is_asked_for()
    {
        var decision = Lifecycle.Decide(Active(), Look(heartbeat: Noon), Noon + Seconds(600), Limits with { Heartbeat = TimeSpan.Zero });

        Assert.Equal(Phase.Active, decision.Next.Phase);
    }

    [Fact]
    public void Silence_ends_a_call_only_where_we_can_hear_it()
    {
        Assert.Equal(Phase.Active, Decide(Active(), Look(activity: Noon, control: Control.Degraded), 600).Next.Phase);
        Assert.Equal(EndReason.Idle, Decide(Active(), Look(activity: Noon, control: Control.Full), 120).Next.EndReason);
    }

    [Fact]
    public void Time_alone_changes_nothing_before_a_deadline()
    {
        WorkflowState[] states = [WorkflowState.None, Ready(), Connecting(), Active(), Ending(), Ended()];

        Assert.All(states, state => Assert.Same(state, Decide(state, Look(), 1).Next));
    }

    [Fact]
    public void An_ending_workflow_is_always_due_and_a_tombstone_when_it_may_go()
    {
        Assert.Equal(Noon.ToUnixTimeMilliseconds(), Ending().DueAt);
        Assert.Equal((Noon + Lifecycle.TombstoneTime).ToUnixTimeMilliseconds(), Ended().DueAt);
    }

    [Fact]
    public void The_next_look_at_the_clock_is_at_the_earliest_deadline()
    {
        Assert.Equal(Noon + Seconds(60), Deadlines.Next(Active(), Look(heartbeat: Noon), Limits));
        Assert.Equal(Noon + Seconds(120), Deadlines.Next(Active(), Look(activity: Noon, control: Control.Full), Limits));
        Assert.Equal(Noon + Seconds(900), Deadlines.Next(Active(), Look(), Limits));
        Assert.Null(Deadlines.Next(WorkflowState.None, Look(), Limits));
    }

    [Theory]
    [InlineData(ConnectionMode.Brokered)]
    [InlineData(ConnectionMode.Sealed)]
    public void A_call_that_nobody_sees_into_ends_when_control_was_lost_for_too_long(ConnectionMode mode)
    {
        Assert.Equal(Phase.Active, Decide(Active(mode), Look() with { ControlLostSince = Noon }, 19.9).Next.Phase);
        Assert.Equal(EndReason.ControlLost, Decide(Active(mode), Look() with { ControlLostSince = Noon }, 20).Next.EndReason);
        Assert.Equal(Phase.Active, Decide(Active(mode), Look(control: Control.Full), 800).Next.Phase);
    }

    [Fact]
    public void In_client_secret_mode_nobody_promised_to_see_into_the_call() =>
        Assert.Equal(Phase.Active, Decide(Active(ConnectionMode.ClientSecret), Look() with { ControlLostSince = Noon }, 800).Next.Phase);

    [Fact]
    public void A_workflow_that_a_tool_completed_ends_when_its_farewell_takes_too_long()
    {
        Assert.Equal(Phase.Active, Decide(Active(), Look() with { FarewellBy = Noon + Seconds(12) }, 11.9).Next.Phase);
        Assert.Equal(EndReason.Completed, Decide(Active(), Look() with { FarewellBy = Noon + Seconds(12) }, 12).Next.EndReason);
    }

    [Fact]
    public void The_clock_is_looked_at_when_control_will_have_been_lost_for_too_long() =>
        Assert.Equal(Noon + Seconds(27), Deadlines.Next(Active(), Look() with { ControlLostSince = Noon + Seconds(7) }, Limits));
}
