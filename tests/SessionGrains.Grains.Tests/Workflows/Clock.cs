using Microsoft.Extensions.Time.Testing;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>The one clock of the grains, moved by the test alone. It tells which waits were begun, so that nobody moves it too early.</summary>
internal sealed class Clock() : FakeTimeProvider(A.Noon)
{
    private readonly List<TimeSpan> _waits = [];
    private TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many waits were begun so far.</summary>
    public int Waits
    {
        get
        {
            lock (_waits)
            {
                return _waits.Count;
            }
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, base.CreateTimer(callback, state, dueTime, period));
        Note(dueTime);
        return timer;
    }

    /// <summary>The first wait after the given number of them that is as long as asked for.</summary>
    public async Task<TimeSpan> WaitOf(TimeSpan atLeast, TimeSpan atMost, int after)
    {
        while (true)
        {
            Task begun;
            lock (_waits)
            {
                var found = _waits.Skip(after).Where(wait => wait >= atLeast && wait <= atMost).ToList();
                if (found.Count > 0)
                {
                    return found[0];
                }

                begun = _begun.Task;
            }

            await begun.WaitAsync(Lab.Patience, TimeProvider.System, Xunit.TestContext.Current.CancellationToken);
        }
    }

    private void Note(TimeSpan dueTime)
    {
        lock (_waits)
        {
            _waits.Add(dueTime);
            _begun.TrySetResult();
            _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Grain timers are made without a time and set later.</summary>
    private sealed class Timer(Clock clock, ITimer real) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var isAlive = real.Change(dueTime, period);
            clock.Note(dueTime);
            return isAlive;
        }

        public void Dispose() => real.Dispose();

        public ValueTask DisposeAsync() => real.DisposeAsync();
    }
}
