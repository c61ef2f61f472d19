using SessionGrains.Grains.Storage;

namespace SessionGrains.Grains.Tests.Storage;

/// <summary>A grain that keeps a call and a reminder the way a workflow does.</summary>
[Alias("SessionGrains.Grains.Tests.ITestGrain")]
public interface ITestGrain : IGrainWithStringKey
{
    /// <summary>Saves a call id; false when another grain holds it.</summary>
    [Alias("Save")]
    Task<bool> Save(string callId);

    /// <summary>Registers, replaces, finds and removes a reminder; answers how many it had at each step.</summary>
    [Alias("Remind")]
    Task<int[]> Remind();
}

internal sealed class TestGrain([PersistentState("workflow", StorageHosting.Provider)] IPersistentState<StoredWorkflow> stored)
    : Grain, ITestGrain, IRemindable
{
    public async Task<bool> Save(string callId)
    {
        stored.State = new StoredWorkflow(CallId: callId);
        try
        {
            await stored.WriteStateAsync();
            return true;
        }
        catch (Exception fault) when (StorageFaults.IsCallTaken(fault))
        {
            return false;
        }
    }

    public async Task<int[]> Remind()
    {
        await this.RegisterOrUpdateReminder("watchdog", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        var registered = (await this.GetReminders()).Count;
        var replaced = await this.RegisterOrUpdateReminder("watchdog", TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(1));
        var still = (await this.GetReminders()).Count;
        await this.UnregisterReminder(replaced);
        return [registered, still, (await this.GetReminders()).Count];
    }

    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;
}
