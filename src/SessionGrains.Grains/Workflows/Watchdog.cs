using Microsoft.Extensions.Logging;

namespace SessionGrains.Grains.Workflows;

/// <summary>The durable reminder that wakes a workflow once a minute for as long as it lives.</summary>
/// <remarks>
/// It is one of three that watch, so nothing waits for it for long. A silo's reminder service has one thread, and now and then it looks through all
/// of its reminders again: with a hundred thousand of them that takes seconds.
/// </remarks>
internal sealed class Watchdog(IGrainBase grain, WorkflowId workflow, TimeProvider clock, ILogger logger)
{
    private const string Name = "watchdog";

    /// <summary>A missed tick is skipped, not caught up with; so none is far away.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private IGrainReminder? reminder;
    private Task registering = Task.CompletedTask;

    public Task Watch() => ForAWhile(registering = Register(registering));

    public Task Unwatch() => ForAWhile(Unregister());

    private async Task Register(Task before)
    {
        try
        {
            // What answers last must be what is stored last.
            await before;
            reminder = await grain.RegisterOrUpdateReminder(Name, Period, Period);
        }
        // A start is not lost for it.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            logger.NoReminder(workflow, e);
        }
    }

    private async Task Unregister()
    {
        try
        {
            await registering;
            if ((reminder ?? await grain.GetReminder(Name)) is { } known)
            {
                await grain.UnregisterReminder(known);
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // It ticks once more, finds a tombstone, and goes.
            logger.ReminderStays(workflow, e);
        }
        finally
        {
            // Whoever tries again asks which one is stored.
            reminder = null;
        }
    }

    /// <summary>Waits a moment; it goes on by itself.</summary>
    private async Task ForAWhile(Task work)
    {
        try
        {
            await work.WaitAsync(Patience, clock);
        }
        catch (TimeoutException)
        {
            // Nor is a start, or an end, late for it.
        }
    }
}
