using Microsoft.Extensions.Logging;

namespace SessionGrains.Grains.Workflows;

/// <summary>The durable reminder that wakes a workflow once a minute for as long as it lives.</summary>
internal sealed class Watchdog(IGrainBase grain, WorkflowId workflow, ILogger logger)
{
    private const string Name = "watchdog";

    /// <summary>A missed tick is skipped, not caught up with; so none is far away.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(60);

    private IGrainReminder? reminder;

    public async Task Watch()
    {
        try
        {
            reminder = await grain.RegisterOrUpdateReminder(Name, Period, Period);
        }
        // One of three that watch: a start is not lost for it.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            logger.NoReminder(workflow, e);
        }
    }

    public async Task Unwatch()
    {
        try
        {
            if ((reminder ?? await grain.GetReminder(Name)) is { } known)
            {
                await grain.UnregisterReminder(known);
                reminder = null;
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // It ticks once more, finds a tombstone, and goes.
            logger.ReminderStays(workflow, e);
        }
    }
}
