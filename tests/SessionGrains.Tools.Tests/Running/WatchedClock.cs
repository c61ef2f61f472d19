using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>A clock that stands still until a test moves it, and tells when somebody begins to wait on it.</summary>
internal sealed class WatchedClock : FakeTimeProvider
{
    private readonly Channel<TimeSpan> waits = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        waits.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Moves the clock past the next pause before a retry; those alone are neither short nor whole seconds.</summary>
    public Task PassRetry() => PassNextWait(wait => wait < TimeSpan.FromSeconds(30) && wait.Ticks % TimeSpan.TicksPerSecond != 0);

    /// <summary>Moves the clock past the next wait that is begun and is no longer than this.</summary>
    public Task PassNextWait(TimeSpan atMost) => PassNextWait(wait => wait <= atMost);

    private async Task PassNextWait(Func<TimeSpan, bool> isMeant)
    {
        while (true)
        {
            var wait = await waits.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            if (wait > TimeSpan.Zero && isMeant(wait))
            {
                Advance(wait);
                return;
            }
        }
    }
}
