using System.Collections.Concurrent;
using Orleans.Storage;
using SessionGrains.Grains.Workflows;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>The real grain storage, with faults around single writes of a state, a workflow's unless another one is named.</summary>
internal sealed class FaultyStorage(IGrainStorage real) : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>
{
    private readonly List<(Func<object?, bool> Hits, Func<Func<Task>, Func<Func<object?, object?>, Task>, Task> Fate)> _faults = [];

    /// <summary>What was written, in its order, by the name of the state.</summary>
    public ConcurrentQueue<(string StateName, object State)> Written { get; } = [];

    /// <summary>Whose state was read, by the name of the state.</summary>
    public ConcurrentQueue<(string StateName, string Key)> Read { get; } = [];

    /// <summary>The next write that fits is not done: the store cannot be reached.</summary>
    public void RefuseNext(Func<WorkflowState, bool> hits) => RefuseNextOf(hits);

    public void RefuseNextOf<TState>(Func<TState, bool> hits) => FailNextOf(hits, FlakyDatabase.Away());

    /// <summary>The next write that fits is not done, for whatever reason.</summary>
    public void FailNextOf<TState>(Func<TState, bool> hits, Exception fault) => Add(hits, (_, _) => throw fault);

    /// <summary>The next write that fits is done, and its answer is lost.</summary>
    public void LoseAnswerOfNext(Func<WorkflowState, bool> hits) => LoseAnswerOfNextOf(hits);

    public void LoseAnswerOfNextOf<TState>(Func<TState, bool> hits) => Add(hits, async (write, _) =>
    {
        await write();
        throw FlakyDatabase.Away();
    });

    /// <summary>Before the next write that fits another activation writes the same state.</summary>
    public void OvertakeNext(Func<WorkflowState, bool> hits) => OvertakeNextOf(hits);

    /// <summary>Before the next write that fits another activation writes, what it read or something else.</summary>
    public void OvertakeNextOf<TState>(Func<TState, bool> hits, Func<TState, TState>? with = null) => Add(hits, async (write, overtake) =>
    {
        await overtake(state => with is null ? state : with((TState)state!));
        await write();
    });

    /// <summary>Before the next write that fits another activation writes something else, and this one hears only that the store is away.</summary>
    public void LoseNextTo(Func<WorkflowState, bool> hits, Func<WorkflowState, WorkflowState> with) => Add(hits, async (_, overtake) =>
    {
        await overtake(state => with((WorkflowState)state!));
        throw FlakyDatabase.Away();
    });

    /// <summary>The next write that fits waits until the gate is opened.</summary>
    public Gate HoldNext(Func<WorkflowState, bool> hits) => HoldNextOf(hits);

    public Gate HoldNextOf<TState>(Func<TState, bool> hits)
    {
        var gate = new Gate();
        Add(hits, async (write, _) =>
        {
            await gate.Pass();
            await write();
        });
        return gate;
    }

    /// <summary>The next write that fits fails, and its writer hears of that only when the gate is opened.</summary>
    public Gate HoldRefusalOfNextOf<TState>(Func<TState, bool> hits)
    {
        var gate = new Gate();
        Add(hits, async (_, _) =>
        {
            await gate.Pass();
            throw FlakyDatabase.Away();
        });
        return gate;
    }

    /// <summary>The next write that fits is done, and its writer hears of it only when the gate is opened.</summary>
    public Gate HoldAnswerOfNextOf<TState>(Func<TState, bool> hits)
    {
        var gate = new Gate();
        Add(hits, async (write, _) =>
        {
            await write();
            await gate.Pass();
        });
        return gate;
    }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Read.Enqueue((stateName, grainId.Key.ToString()!));
        return real.ReadStateAsync(stateName, grainId, grainState);
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Func<Func<Task>, Func<Func<object?, object?>, Task>, Task>? fate = null;
        lock (_faults)
        {
            var index = _faults.FindIndex(fault => fault.Hits(grainState.State));
            if (index >= 0)
            {
                fate = _faults[index].Fate;
                _faults.RemoveAt(index);
            }
        }

        return fate is null ? Write() : fate(Write, Overtake);

        async Task Write()
        {
            await real.WriteStateAsync(stateName, grainId, grainState);
            Written.Enqueue((stateName, grainState.State!));
        }

        async Task Overtake(Func<object?, object?> with)
        {
            var other = new GrainState<T>();
            await real.ReadStateAsync(stateName, grainId, other);
            other.State = (T)with(other.State)!;
            await real.WriteStateAsync(stateName, grainId, other);
        }
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => real.ClearStateAsync(stateName, grainId, grainState);

    public void Participate(ISiloLifecycle lifecycle) => (real as ILifecycleParticipant<ISiloLifecycle>)?.Participate(lifecycle);

    private void Add<TState>(Func<TState, bool> hits, Func<Func<Task>, Func<Func<object?, object?>, Task>, Task> fate)
    {
        lock (_faults)
        {
            _faults.Add((state => state is TState next && hits(next), fate));
        }
    }
}
