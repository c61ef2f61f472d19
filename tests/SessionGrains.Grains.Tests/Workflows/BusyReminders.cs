using Orleans.Timers;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>A silo's reminder service, which can be so busy that whoever asks it for something waits.</summary>
internal sealed class BusyReminders(IReminderRegistry real) : IReminderRegistry
{
    private readonly TaskCompletionSource isFree = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int done;

    public bool IsBusy { get; set; }

    /// <summary>How many reminders were registered or removed.</summary>
    public int Done => Volatile.Read(ref done);

    public void BecomeFree() => isFree.SetResult();

    public async Task<IGrainReminder> RegisterOrUpdateReminder(GrainId callingGrainId, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        await Turn();
        var reminder = await real.RegisterOrUpdateReminder(callingGrainId, reminderName, dueTime, period);
        Interlocked.Increment(ref done);
        return reminder;
    }

    public async Task UnregisterReminder(GrainId callingGrainId, IGrainReminder reminder)
    {
        await Turn();
        await real.UnregisterReminder(callingGrainId, reminder);
        Interlocked.Increment(ref done);
    }

    public async Task<IGrainReminder?> GetReminder(GrainId callingGrainId, string reminderName)
    {
        await Turn();
        return await real.GetReminder(callingGrainId, reminderName);
    }

    public async Task<List<IGrainReminder>> GetReminders(GrainId callingGrainId)
    {
        await Turn();
        return await real.GetReminders(callingGrainId);
    }

    private Task Turn() => IsBusy ? isFree.Task : Task.CompletedTask;
}
