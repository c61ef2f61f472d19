using Orleans.Storage;
using SessionGrains.Grains.Workflows;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>The real grain storage, with faults around single writes of a workflow's state.</summary>
internal sealed class FaultyStorage(IGrainStorage real) : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>
{
    private readonly List<(Func<WorkflowState, bool> Hits, Func<Func<Task>, Func<Task>, Task> Fate)> _faults = [];

    /// <summary>The next write that fits is not done: the store cannot be reached.</summary>
    public void RefuseNext(Func<WorkflowState, bool> hits) => Add(hits, (_, _) => throw FlakyDatabase.Away());

    /// <summary>The next write that fits is done, and its answer is lost.</summary>
    public void LoseAnswerOfNext(Func<WorkflowState, bool> hits) => Add(hits, async (write, _) =>
    {
        await write();
        throw FlakyDatabase.Away();
    });

    /// <summary>Before the next write that fits another activation writes the same workflow.</summary>
    public void OvertakeNext(Func<WorkflowState, bool> hits) => Add(hits, async (write, overtake) =>
    {
        await overtake();
        await write();
    });

    /// <summary>The next write that fits waits until the gate is opened.</summary>
    public Gate HoldNext(Func<WorkflowState, bool> hits)
    {
        var gate = new Gate();
        Add(hits, async (write, _) =>
        {
            await gate.Pass();
            await write();
        });
        return gate;
    }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => real.ReadStateAsync(stateName, grainId, grainState);

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Func<Func<Task>, Func<Task>, Task>? fate = null;
        lock (_faults)
        {
            var index = grainState.State is WorkflowState next ? _faults.FindIndex(fault => fault.Hits(next)) : -1;
            if (index >= 0)
            {
                fate = _faults[index].Fate;
                _faults.RemoveAt(index);
            }
        }

        return fate is null ? Write() : fate(Write, Overtake);

        Task Write() => real.WriteStateAsync(stateName, grainId, grainState);

        async Task Overtake()
        {
            var other = new GrainState<T>();
            await real.ReadStateAsync(stateName, grainId, other);
            await real.WriteStateAsync(stateName, grainId, other);
        }
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => real.ClearStateAsync(stateName, grainId, grainState);

    public void Participate(ISiloLifecycle lifecycle) => (real as ILifecycleParticipant<ISiloLifecycle>)?.Participate(lifecycle);

    private void Add(Func<WorkflowState, bool> hits, Func<Func<Task>, Func<Task>, Task> fate)
    {
        lock (_faults)
        {
            _faults.Add((hits, fate));
        }
    }
}
