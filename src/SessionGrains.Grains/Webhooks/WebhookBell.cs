namespace SessionGrains.Grains.Webhooks;

/// <summary>Wakes this silo's couriers when there is something to deliver, so that they need not wait for their next look.</summary>
internal sealed class WebhookBell
{
    private TaskCompletionSource next = NewSignal();

    /// <summary>Done when it is rung the next time.</summary>
    public Task Next => Volatile.Read(ref next).Task;

    public void Ring() => Interlocked.Exchange(ref next, NewSignal()).TrySetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
