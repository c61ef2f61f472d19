using Xunit;
using Watchdog = SessionGrains.Grains.Workflows.Watchdog;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>Whoever knocks first ends what is over: the timer, the reminder or the sweeper, each of them alone.</summary>
public sealed class ExpiryTests
{
    // When the first reminder comes of a workflow that lasts a multiple of five minutes.
    private static readonly TimeSpan FirstReminder = A.Seconds(310);

    [Theory]
    [InlineData(Lab.Brokered, HangUpResult.NotNeeded)]
    [InlineData(Lab.Direct, HangUpResult.Unverified)]
    public async Task The_timer_alone_ends_what_nobody_connected_to(string definition, HangUpResult hangUp)
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin(definition);

        lab.Clock.Advance(A.Seconds(44.9));
        Assert.Equal(Phase.Ready, (await workflow.View()).Phase);
        lab.Clock.Advance(A.Seconds(0.1));

        var ended = await lab.Reaches(workflow.Id, Phase.Ended);
        Assert.Equal((EndReason.NeverConnected, hangUp), (ended.EndReason!.Value, ended.HangUp!.Value));
    }

    [Fact]
    public async Task The_timer_alone_ends_what_lasted_its_maximum_duration()
    {
        await using var lab = await Lab.Start(definitions: [Lab.Definition("patient", "sealed", """{"idle_timeout_seconds":3540}""")]);
        var workflow = await lab.BeginCall("patient");

        lab.Clock.Advance(A.Seconds(899.9));
        Assert.Equal(Phase.Active, (await workflow.View()).Phase);
        lab.Clock.Advance(A.Seconds(0.1));

        var ended = await lab.Reaches(workflow.Id, Phase.Ended);
        Assert.Equal((EndReason.MaxDuration, HangUpResult.Confirmed), (ended.EndReason!.Value, ended.HangUp!.Value));
        Assert.Equal([new(workflow.Call, null)], lab.OpenAI.HangUps.Asked);
    }

    [Fact]
    public async Task The_timer_alone_ends_what_sends_no_heartbeat_any_more()
    {
        await using var lab = await Lab.Start(definitions: [Heartbeats()]);
        var workflow = await lab.BeginCall("watched");
        lab.Clock.Advance(A.Seconds(50));
        Assert.Null((await workflow.Grain.Heartbeat(A.Ada)).Refusal);

        lab.Clock.Advance(A.Seconds(59.9));
        Assert.Equal(Phase.Active, (await workflow.View()).Phase);
        lab.Clock.Advance(A.Seconds(0.1));

        Assert.Equal(EndReason.HeartbeatLost, (await lab.Reaches(workflow.Id, Phase.Ended)).EndReason);
        Assert.Equal([new(workflow.Call, null)], lab.OpenAI.HangUps.Asked);
    }

    [Theory]
    [InlineData(false, 45, EndReason.NeverConnected)]
    [InlineData(true, 900, EndReason.MaxDuration)]
    public async Task The_reminder_alone_ends_what_is_over(bool hasCall, double seconds, EndReason reason)
    {
        await using var lab = await Lab.Start();
        var workflow = hasCall ? await lab.BeginCall() : await lab.Begin();
        await lab.Forget(workflow);
        lab.Clock.Advance(A.Seconds(seconds));
        Assert.Null((await lab.State(workflow.Id)).EndReason);

        lab.Reminders.Advance(FirstReminder);

        Assert.Equal(reason, (await lab.Reaches(workflow.Id, Phase.Ended)).EndReason);
        Assert.Equal(hasCall ? 1 : 0, lab.OpenAI.HangUps.Asked.Count);
    }

    [Theory]
    [InlineData(1, 11)]
    [InlineData(60, 70)]
    [InlineData(300, 310)]
    [InlineData(301, 11)]
    [InlineData(900, 310)]
    [InlineData(3540, 250)]
    public void One_of_the_reminders_comes_just_after_the_time_is_over(double lasts, double first) =>
        Assert.Equal(A.Seconds(first), Watchdog.FirstTick(A.Seconds(lasts)));

    [Fact]
    public async Task The_reminder_alone_ends_what_lasted_its_maximum_duration_just_after_that()
    {
        await using var lab = await Lab.Start(definitions: [Lab.Definition("short", "sealed", """{"max_duration_seconds":100}""")]);
        var workflow = await lab.BeginCall("short");
        await lab.Forget(workflow);
        lab.Clock.Advance(A.Seconds(100));

        lab.Reminders.Advance(A.Seconds(110));

        Assert.Equal(EndReason.MaxDuration, (await lab.Reaches(workflow.Id, Phase.Ended)).EndReason);
    }

    [Theory]
    [InlineData(false, 45, EndReason.NeverConnected)]
    [InlineData(true, 900, EndReason.MaxDuration)]
    public async Task The_sweeper_alone_ends_what_is_over(bool hasCall, double seconds, EndReason reason)
    {
        await using var lab = await Lab.Start(sweeps: true);
        var workflow = hasCall ? await lab.BeginCall() : await lab.Begin();
        await lab.Forget(workflow);

        lab.Clock.Advance(A.Seconds(seconds));

        Assert.Equal(reason, (await lab.Reaches(workflow.Id, Phase.Ended)).EndReason);
        Assert.Equal(hasCall ? 1 : 0, lab.OpenAI.HangUps.Asked.Count);
    }

    [Fact]
    public async Task A_heartbeat_is_missed_after_a_fresh_grace_where_the_activation_that_knew_of_it_died()
    {
        await using var lab = await Lab.Start(definitions: [Heartbeats()]);
        var workflow = await lab.BeginCall("watched");
        await lab.Forget(workflow);
        lab.Clock.Advance(A.Seconds(300));

        lab.Reminders.Advance(FirstReminder);
        await lab.Sidebands.Attached(2);
        await Lab.Eventually(async () => (await workflow.View()).Control is Control.Full);
        lab.Clock.Advance(A.Seconds(59));
        Assert.Equal(Phase.Active, (await workflow.View()).Phase);
        lab.Clock.Advance(A.Seconds(1));

        Assert.Equal(EndReason.HeartbeatLost, (await lab.Reaches(workflow.Id, Phase.Ended)).EndReason);
    }

    [Fact]
    public async Task After_a_restart_without_durable_reminders_the_sweeper_sets_every_deadline_going_again()
    {
        var before = await Lab.Start(definitions: [Heartbeats()]);
        var workflow = await before.BeginCall("watched");
        await before.Stop();

        await using (var lab = await Lab.Start(sweeps: true, folder: before.Folder, now: A.Noon + A.Seconds(200)))
        {
            await lab.Sidebands.Attached();
            lab.Clock.Advance(A.Seconds(60));

            Assert.Equal(EndReason.HeartbeatLost, (await lab.Reaches(workflow.Id, Phase.Ended)).EndReason);
            Assert.Equal([new(workflow.Call, null)], lab.OpenAI.HangUps.Asked);
        }

        before.Folder.Delete(recursive: true);
    }

    [Fact]
    public async Task An_ended_workflow_leaves_no_reminder_that_would_wake_it()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        var report = (await lab.Query("SELECT count(*) FROM final_report", row => row.GetInt64(0))).Single();
        await workflow.Grain.End(A.Ada, null);
        await lab.Reaches(workflow.Id, Phase.Ended);

        Assert.Equal(0, report);
        Assert.Equal(0, await lab.CountReminders(workflow.Grain));
    }

    [Fact]
    public async Task Neither_a_start_nor_an_end_is_late_for_a_reminder_service_that_is_busy()
    {
        await using var lab = await Lab.Start();
        lab.ReminderService.IsBusy = true;

        var workflow = await BeyondPatience(lab, () => lab.Begin());
        await BeyondPatience(lab, () => workflow.Grain.End(A.Ada, null));

        Assert.Equal(Phase.Ended, (await lab.State(workflow.Id)).Phase);
        // What was asked for first is done first, so no reminder stays.
        lab.ReminderService.BecomeFree();
        await Lab.Eventually(() => Task.FromResult(lab.ReminderService.Done is 2));
        Assert.Equal(0, await lab.CountReminders(workflow.Grain));
    }

    private static async Task<T> BeyondPatience<T>(Lab lab, Func<Task<T>> ask)
    {
        var waits = lab.Clock.Waits;
        var asked = ask();
        lab.Clock.Advance(await lab.Clock.WaitOf(A.Seconds(0.05), A.Seconds(0.2), waits));
        return await asked.WaitAsync(Lab.Patience, TestContext.Current.CancellationToken);
    }

    private static string Heartbeats() => Lab.Definition("watched", "brokered", """{"heartbeat_seconds":15,"heartbeat_grace_seconds":45}""");
}
