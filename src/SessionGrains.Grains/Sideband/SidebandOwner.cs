using System.Threading.Channels;
using SessionGrains.Grains.Workflows;

namespace SessionGrains.Grains.Sideband;

/// <summary>Owns the sideband of one call for as long as an activation of its workflow lives.</summary>
/// <remarks>
/// An actor of its own: it takes one fact at a time, on the thread pool and on no grain's scheduler, and talks to grains as any
/// other client of theirs. Its properties may be read at any time.
/// </remarks>
internal sealed class SidebandOwner : IAsyncDisposable
{
    // A browser that floods the conversation makes the socket wait, not this silo's memory.
    private const int MostFacts = 1024;

    private readonly CallPlan plan;
    private readonly CallSurroundings around;
    private readonly Action<SidebandOwner> gone;
    private readonly Channel<Fact> facts = Channel.CreateBounded<Fact>(new BoundedChannelOptions(MostFacts) { SingleReader = true });
    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CallState state;
    private readonly Connection connection;
    private readonly Herald herald;
    private readonly CallWork work;
    private int isDisposed;

    internal SidebandOwner(CallPlan plan, Func<IReadOnlyList<string>> secrets, CallSurroundings around, Action<SidebandOwner> gone)
    {
        (this.plan, this.around, this.gone) = (plan, around, gone);
        state = new(around.Clock);
        connection = new(plan, secrets, around.Client, facts.Writer, around.Clock, around.Logger);
        herald = new(Tag, plan, around.Reports, around.Clock, around.Logger);
        work = new(Tag, plan, around, state, connection, herald, facts.Writer);
    }

    public CallId Call => plan.Call;

    /// <summary>Tells this owner from others of the call.</summary>
    public string Tag { get; } = $"sg_{Guid.NewGuid():N}"[..11];

    /// <summary>Whether somebody speaks, a response runs, or a tool works.</summary>
    public bool IsBusy => state.IsBusy;

    /// <summary>Whether the sideband is attached and proved to work.</summary>
    public Control Control => state.Control;

    /// <summary>Whether it was ever attached and proved to work: then OpenAI knows the call, or knew it.</summary>
    public bool HasWorked => state.HasWorked;

    /// <summary>When somebody last spoke, a response ran, or a tool call was under way; now, while one of them is so.</summary>
    public DateTimeOffset LastActivity => state.LastActivity;

    /// <summary>Since when the sideband is not attached; null while it is.</summary>
    public DateTimeOffset? LostSince => state.LostSince;

    /// <summary>Whether it broke, and holds nothing any more: somebody else must.</summary>
    public bool HasDied { get; private set; }

    /// <summary>A tool call changed that this owner may have to tell the model of: the result of one that waited for approval.</summary>
    public void Tell(ToolCallView call, bool endsWorkflow)
    {
        var fact = new Fact.Told(call, endsWorkflow);
        if (!facts.Writer.TryWrite(fact))
        {
            _ = facts.Writer.WriteAsync(fact, stopping.Token).AsTask();
        }
    }

    /// <summary>Its call is being hung up. It is listened to until it is gone: the last response is paid for too.</summary>
    public void HangsUp() => connection.HangsUp();

    /// <summary>Stops listening and closes the sideband. It ends no call.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) is 0)
        {
            work.Leave();
            await connection.Close();
            await Stop();
            await finished.Task;
            gone(this);
        }
    }

    /// <summary>Begins, away from whoever asks: without the scheduler and the context of a grain's turn.</summary>
    internal void Start() => ThreadPool.UnsafeQueueUserWorkItem(static owner => _ = owner.Run(), this, preferLocal: false);

    private async Task Run()
    {
        var stopped = stopping.Token;
        using var trace = WorkflowTrace.Enter(plan.Workflow);
        await Task.WhenAll(Survive(connection.Run(stopped)), Survive(work.Run(facts.Reader, stopped)), Survive(herald.Run(stopped)));
        work.Stop();
        finished.TrySetResult();
        if (HasDied)
        {
            await TellOfDeath();
        }
    }

    private async Task TellOfDeath()
    {
        try
        {
            await around.Reports.Heard(plan.Workflow, plan.Call, new CallNews.ControlChanged(Control.Degraded) { Owner = Tag });
        }
        // The workflow finds out by itself when it looks at the clock.
        catch (Exception e)
        {
            around.Logger.NewsNotDelivered(plan.Workflow, plan.Call, nameof(CallNews.ControlChanged), e);
        }
    }

    /// <summary>Cancels what takes its time, and lets the loops run dry: an exception in each of them at the end of each call is dear.</summary>
    private async Task Stop()
    {
        var cancelling = stopping.CancelAsync();
        facts.Writer.TryComplete();
        herald.Close();
        await cancelling;
    }

    private async Task Survive(Task loop)
    {
        try
        {
            await loop;
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException && stopping.IsCancellationRequested)
        {
            // It was disposed of.
        }
        // Each of them handles what it can name; what is left is a fault of ours, and nobody must believe that the call is held.
        catch (Exception e)
        {
            around.Logger.OwnerDied(plan.Workflow, plan.Call, e);
            state.Lost();
            HasDied = true;
            await Stop();
        }
    }
}
