using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace SessionGrains.Api.Tests;

/// <summary>The pretended events of a workflow: a stream gets what a test tells, when it tells it.</summary>
internal sealed class FakeEvents(WorkflowId id)
{
    private readonly Lock gate = new();
    private readonly List<WorkflowEvent> told = [];
    private readonly TaskCompletionSource abandoned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource next = NewSignal();

    /// <summary>What a stream opens with.</summary>
    public ImmutableArray<WorkflowEvent> Opening { get; set; } = [new WorkflowEvent.Updated(Picture.Of(id)) { Id = 1024 }];

    /// <summary>What was asked for: the last id that the stream has, and whether it opens.</summary>
    public ConcurrentQueue<(long? After, bool Opens)> Asked { get; } = new();

    /// <summary>Completes when a stream stops waiting before anything was told.</summary>
    public Task Abandoned => abandoned.Task;

    public void Tell(params ReadOnlySpan<WorkflowEvent> events)
    {
        lock (gate)
        {
            told.AddRange(events);
        }

        AnswerNothing();
    }

    /// <summary>Lets those who wait go without an event, as after a long wait.</summary>
    public void AnswerNothing()
    {
        lock (gate)
        {
            next.TrySetResult();
            next = NewSignal();
        }
    }

    public async Task<EventPage> Next(long? after, bool opens, CancellationToken cancellationToken)
    {
        Task waiting;
        lock (gate)
        {
            if (opens || After(after) is { IsEmpty: false })
            {
                return new(opens ? Opening : After(after));
            }

            waiting = next.Task;
        }

        try
        {
            await waiting.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            abandoned.TrySetResult();
            throw;
        }

        return new(After(after));
    }

    private ImmutableArray<WorkflowEvent> After(long? seen)
    {
        lock (gate)
        {
            return [.. told.Where(each => each.Id > seen)];
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
