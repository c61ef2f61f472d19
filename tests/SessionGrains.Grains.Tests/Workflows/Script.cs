using Xunit;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>One kind of question: what was asked, and what is answered next.</summary>
internal sealed class Script<TAsked, TAnswer>(Func<TAsked, TAnswer> usual)
{
    private readonly Lock _gate = new();
    private readonly List<TAsked> _asked = [];
    private readonly Queue<Func<TAsked, Task<TAnswer>>> _next = [];
    private Func<TAsked, Task<TAnswer>> _always = asked => Task.FromResult(usual(asked));
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<TAsked> Asked
    {
        get
        {
            lock (_gate)
            {
                return [.. _asked];
            }
        }
    }

    /// <summary>The next question that has no answer yet gets this one.</summary>
    public void Next(Func<TAsked, Task<TAnswer>> answer)
    {
        lock (_gate)
        {
            _next.Enqueue(answer);
        }
    }

    public void Next(TAnswer answer) => Next(_ => Task.FromResult(answer));

    public void Always(Func<TAsked, TAnswer> answer)
    {
        lock (_gate)
        {
            _always = asked => Task.FromResult(answer(asked));
        }
    }

    /// <summary>The next question waits until the gate is opened, and then gets this answer, or the usual one.</summary>
    public Gate Hold(Func<TAsked, TAnswer>? answer = null)
    {
        var gate = new Gate();
        Next(async asked =>
        {
            await gate.Pass();
            return (answer ?? usual)(asked);
        });
        return gate;
    }

    public Task<TAnswer> Ask(TAsked asked)
    {
        Func<TAsked, Task<TAnswer>> answer;
        lock (_gate)
        {
            _asked.Add(asked);
            answer = _next.TryDequeue(out var once) ? once : _always;
            _arrived.TrySetResult();
            _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return answer(asked);
    }

    /// <summary>Waits until so many questions were asked.</summary>
    public async Task WhenAsked(int times = 1)
    {
        while (true)
        {
            Task arrived;
            lock (_gate)
            {
                if (_asked.Count >= times)
                {
                    return;
                }

                arrived = _arrived.Task;
            }

            await arrived.WaitAsync(Lab.Patience, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}

/// <summary>Holds somebody up until the test says go.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Arrived => _arrived.Task.WaitAsync(Lab.Patience, TimeProvider.System, TestContext.Current.CancellationToken);

    public void Open() => _open.TrySetResult();

    public Task Pass()
    {
        _arrived.TrySetResult();
        return _open.Task;
    }
}
