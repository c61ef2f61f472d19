using System.Collections.Immutable;

namespace SessionGrains.Grains.Workflows;

/// <summary>The last events of a workflow for the pages that listen, as long as its activation lives.</summary>
/// <remarks>
/// Ids grow from the clock, so that they go on rising when another silo begins anew. They leave room between them, so that a
/// snapshot can have an id of its own between the last event that a page has seen and the next one.
/// </remarks>
internal sealed class EventStream
{
    private const int Kept = 256;
    private const long Step = 1024;

    private static readonly TimeSpan WaitTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SkewAtMost = TimeSpan.FromHours(1);

    private readonly TimeProvider clock;
    private readonly Queue<WorkflowEvent> kept = [];
    private long last;
    private TaskCompletionSource next = NewSignal();

    public EventStream(TimeProvider clock)
    {
        this.clock = clock;
        last = Now() * Step;
        Beginning = last;
    }

    /// <summary>Everything after this place is kept, until too much has happened.</summary>
    public long Beginning { get; private set; }

    /// <summary>Adds an event and wakes whoever waits for one.</summary>
    public void Tell(WorkflowEvent told)
    {
        last = Math.Max((last / Step) + 1, Now()) * Step;
        kept.Enqueue(told with { Id = last });
        if (kept.Count > Kept)
        {
            Beginning = kept.Dequeue().Id;
        }

        Interrupt();
    }

    /// <summary>What a stream begins with: a snapshot, what somebody is still asked, and what happened since the event that its reader has.</summary>
    public EventPage Open(long? after, WorkflowView snapshot, params IEnumerable<WorkflowEvent> standing)
    {
        CatchUpWith(after);
        var isResumed = after <= last;
        var missed = isResumed ? After(after!.Value) : [];
        // Above what its reader has, below what follows: all stay in order.
        var first = isResumed ? Math.Max(after!.Value, Beginning) + 1 : last;
        var ceiling = missed.IsEmpty ? last + Step : missed[0].Id;
        WorkflowEvent[] picture = [new WorkflowEvent.Updated(snapshot), .. standing];
        return new([.. picture.Select((told, place) => told with { Id = Math.Min(first + place, ceiling - 1) }), .. missed]);
    }

    /// <summary>What a page still has to know of a workflow that is over.</summary>
    public EventPage Last(long? after, WorkflowView workflow, bool opens)
    {
        after = after < Future() ? after : null;
        var page = opens ? Open(after, workflow).Events : After(after ?? 0);
        return page is [.., WorkflowEvent.Ended]
            ? new(page)
            : new([.. page, new WorkflowEvent.Ended(workflow) { Id = Math.Max(page is [.., var one] ? one.Id : 0, Math.Max(last, after ?? 0)) + 1 }]);
    }

    /// <summary>What happened after an event; waits a while for it.</summary>
    public async Task<ImmutableArray<WorkflowEvent>> Next(long after, CancellationToken cancellationToken)
    {
        CatchUpWith(after);
        if (After(after) is { IsEmpty: false } there)
        {
            return there;
        }

        try
        {
            await next.Task.WaitAsync(WaitTime, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            return [];
        }

        return After(after);
    }

    /// <summary>Waits a while for whatever happens next.</summary>
    public Task Next() => Next(long.MaxValue, CancellationToken.None);

    /// <summary>Whoever waits is answered with nothing, and asks again, perhaps somewhere else.</summary>
    public void Interrupt()
    {
        next.TrySetResult();
        next = NewSignal();
    }

    private ImmutableArray<WorkflowEvent> After(long seen) => [.. kept.Where(told => told.Id > seen)];

    /// <summary>The silo before may have had a faster clock; but nobody moves the ids of a stream into a far future.</summary>
    private void CatchUpWith(long? seen)
    {
        if (seen > last && seen < Future())
        {
            last = seen.Value / Step * Step;
        }
    }

    private long Future() => clock.GetUtcNow().Add(SkewAtMost).ToUnixTimeMilliseconds() * Step;

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
