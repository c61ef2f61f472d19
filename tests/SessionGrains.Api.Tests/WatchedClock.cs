using Microsoft.Extensions.Time.Testing;

namespace SessionGrains.Api.Tests;

/// <summary>A fake clock that says when somebody begins to wait, so that a test moves it on neither too early nor by guess.</summary>
public sealed class WatchedClock(DateTimeOffset now) : FakeTimeProvider(now)
{
    private readonly Lock gate = new();
    private readonly List<TimeSpan> waits = [];
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes once somebody has begun to wait for exactly this long, for the n-th time.</summary>
    public async Task Waits(TimeSpan time, int times = 1)
    {
        while (true)
        {
            Task more;
            lock (gate)
            {
                if (waits.Count(wait => wait == time) >= times)
                {
                    return;
                }

                more = next.Task;
            }

            await more.Soon();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        lock (gate)
        {
            waits.Add(dueTime);
            next.TrySetResult();
            next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return timer;
    }
}

/// <summary>The bound of every wait in a test.</summary>
internal static class Waiting
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(60);

    public static Task Soon(this Task task) => task.WaitAsync(AtMost, TimeProvider.System, TestContext.Current.CancellationToken);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(AtMost, TimeProvider.System, TestContext.Current.CancellationToken);
}
