using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace SessionGrains.Api.Tests;

/// <summary>A grain factory without a cluster: it hands out pretended workflows and one pretended list.</summary>
internal sealed class FakeGrains : IGrainFactory
{
    private readonly ConcurrentDictionary<string, FakeWorkflow> workflows = new();

    public FakeWorkflowList List { get; } = new();

    public FakeOperations Operations { get; } = new();

    /// <summary>Faults to throw, one for each of the next calls, before any answer.</summary>
    public ConcurrentQueue<Exception> Faults { get; } = new();

    /// <summary>What every workflow answers instead of its usual answer.</summary>
    public Refusal? Refusal { get; set; }

    /// <summary>What the next asked events answer instead of a page, one for each question.</summary>
    public ConcurrentQueue<Refusal> Refusals { get; } = new();

    /// <summary>What a start answers instead of a fresh workflow.</summary>
    public Func<StartedWorkflow, StartedWorkflow> OnStarted { get; set; } = started => started;

    /// <summary>What a tool call shows instead of a completed one.</summary>
    public Func<ToolCallView, ToolCallView> OnToolCall { get; set; } = call => call;

    /// <summary>Whether a relayed call was there before.</summary>
    public bool IsReplay { get; set; }

    public ConcurrentQueue<string> Calls { get; } = new();

    public Caller? LastCaller { get; set; }

    public StartWorkflow? LastStart { get; set; }

    public string? LastSecretHash { get; set; }

    public string? LastOffer { get; set; }

    /// <summary>The names of the requests to connect, as often as they were made.</summary>
    public List<string> RequestIds { get; } = [];

    /// <summary>How many of the next requests to connect are never answered.</summary>
    public int Silences { get; set; }

    public string? LastReasonDetail { get; set; }

    public (ToolCallId Id, string Name, string ArgumentsJson)? LastRelay { get; set; }

    public (ToolCallId Id, Approver Approver, bool IsApproved, string ArgumentsHash)? LastDecision { get; set; }

    /// <summary>Makes a workflow that somebody owns.</summary>
    public WorkflowId Add(UserId owner)
    {
        var id = WorkflowId.New();
        Workflow(id).Owner = owner;
        return id;
    }

    public void Reset()
    {
        Faults.Clear();
        Refusals.Clear();
        Calls.Clear();
        RequestIds.Clear();
        Silences = 0;
        Operations.Reset();
        Refusal = null;
        OnStarted = started => started;
        OnToolCall = call => call;
        IsReplay = false;
        (LastRelay, LastDecision) = (null, null);
        (LastCaller, LastStart, LastSecretHash, LastOffer, LastReasonDetail) = (null, null, null, null, null);
    }

    /// <summary>Notes a call; throws what was laid ready for it.</summary>
    public void Enter(string call)
    {
        Calls.Enqueue(call);
        if (Faults.TryDequeue(out var fault))
        {
            throw fault;
        }
    }

    public Refusal? NextRefusal() => Refusals.TryDequeue(out var refusal) ? refusal : Refusal;

    public FakeWorkflow Workflow(WorkflowId id) => workflows.GetOrAdd(id.Value, _ => new(id, this));

    public T GetGrain<T>(string primaryKey, string? grainClassNamePrefix = null)
        where T : IGrainWithStringKey => primaryKey.Split('/') is [var workflow, var call]
            ? (T)(object)new FakeToolCall(Workflow(WorkflowId.Parse(workflow)), ToolCallId.Parse(call), this)
            : (T)(object)Workflow(WorkflowId.Parse(primaryKey));

    public T GetGrain<T>(long primaryKey, string? grainClassNamePrefix = null)
        where T : IGrainWithIntegerKey
    {
        List.Grains = Operations.Grains = this;
        return typeof(T) == typeof(IOperationsGrain) ? (T)(object)Operations : (T)(object)List;
    }

    public T GetGrain<T>(Guid primaryKey, string? grainClassNamePrefix = null)
        where T : IGrainWithGuidKey => throw new NotSupportedException();

    public T GetGrain<T>(Guid primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where T : IGrainWithGuidCompoundKey => throw new NotSupportedException();

    public T GetGrain<T>(long primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where T : IGrainWithIntegerCompoundKey => throw new NotSupportedException();

    public T CreateObjectReference<T>(IGrainObserver obj)
        where T : IGrainObserver => throw new NotSupportedException();

    public void DeleteObjectReference<T>(IGrainObserver obj)
        where T : IGrainObserver => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey, string keyExtension) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey, string keyExtension) => throw new NotSupportedException();

    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey) => throw new NotSupportedException();

    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey, string grainClassNamePrefix) => throw new NotSupportedException();

    public T GetGrain<T>(GrainId grainId)
        where T : IAddressable => throw new NotSupportedException();

    public IAddressable GetGrain(GrainId grainId) => throw new NotSupportedException();

    public IAddressable GetGrain(GrainId grainId, GrainInterfaceType interfaceType) => throw new NotSupportedException();
}

/// <summary>A pretended list grain.</summary>
internal sealed class FakeWorkflowList : IWorkflowListGrain
{
    public FakeGrains? Grains { get; set; }

    public ImmutableArray<WorkflowView> Live { get; set; } = [];

    public string? Next { get; set; }

    public (UserId User, int Limit, string? After)? Asked { get; private set; }

    /// <summary>What a ping waits for.</summary>
    public Task PingAnswer { get; set; } = Task.CompletedTask;

    public Task ReachAnswer { get; set; } = Task.CompletedTask;

    public Task<WorkflowPage> LiveOf(UserId caller, int limit, string? after)
    {
        Grains?.Enter("LiveOf");
        Asked = (caller, limit, after);
        return Task.FromResult(new WorkflowPage(Live, Next));
    }

    public Task Ping()
    {
        Grains?.Enter("Ping");
        return PingAnswer;
    }

    public Task Reach() => ReachAnswer;
}
