namespace SessionGrains.Grains.Sideband;

/// <summary>Owns the sideband of one call for as long as an activation of its workflow lives.</summary>
internal sealed class SidebandOwner(CallPlan plan, TimeProvider clock) : IAsyncDisposable
{
    public CallId Call => plan.Call;

    /// <summary>Whether the sideband is attached and proved to work.</summary>
    public Control Control { get; private set; } = Control.Degraded;

    /// <summary>When somebody last spoke, a response ran, or a tool call was under way.</summary>
    public DateTimeOffset LastActivity { get; private set; } = clock.GetUtcNow();

    /// <summary>Since when the sideband is not attached; null while it is.</summary>
    public DateTimeOffset? LostSince { get; private set; } = clock.GetUtcNow();

    /// <summary>A tool call changed that this owner may have to tell the model of: the result of one that waited for approval.</summary>
    public void Tell(ToolCallView call, bool endsWorkflow) => _ = plan;

    /// <summary>Stops listening and closes the sideband. It ends no call.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
