using Microsoft.Extensions.Logging;

namespace SessionGrains.Grains.Workflows;

/// <summary>The durable reminder that wakes a workflow just after its time is over, and every five minutes before and after that, for as long as it lives.</summary>
/// <remarks>
/// It is one of three that watch, so nothing waits for it for long. A silo's reminder service has one thread, and now and then it looks through all
/// of its reminders again: with a hundred thousand of them that takes seconds. Each tick costs a grain call, and leaves garbage that lives until the next one.
/// </remarks>
internal sealed class Watchdog(IGrainBase grain, WorkflowId workflow, TimeProvider clock, ILogger logger)
{
    private const string Name = "watchdog";

    /// <summary>A missed tick is skipped, not caught up with; so none is far away.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(5);

    // While all is well there is nothing left to be woken by then.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private IGrainReminder? reminder;
    private Task registering = Task.CompletedTask;

    /// <param name="lasts">How long until the workflow's time is over.</param>
    public Task Watch(TimeSpan lasts) => ForAWhile(registering = Register(registering, FirstTick(lasts)));

    public Task Unwatch() => ForAWhile(Unregister());

    /// <summary>When the first tick must come, so that a later one, or this one, comes just after the workflow's time is over.</summary>
    public static TimeSpan FirstTick(TimeSpan lasts)
    {
        var rest = TimeSpan.FromTicks(lasts.Ticks % Period.Ticks);
        return (rest > TimeSpan.Zero ? rest : Period) + Slack;
    }

    private async Task Register(Task before, TimeSpan firstTick)
    {
        try
        {
            // What answers last must be what is stored last.
            await before;
            reminder = await grain.RegisterOrUpdateReminder(Name, firstTick, Period);
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
