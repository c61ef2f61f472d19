namespace SessionGrains.Tools.Running;

/// <summary>One way to run a tool.</summary>
internal interface IToolKind
{
    /// <summary>Whether this is the way for tools with that target.</summary>
    bool Runs(ToolTarget target);

    /// <summary>Tries once. What the tool does is in the answer; a cancellation is thrown.</summary>
    Task<ToolAttempt> TryAsync(ToolRun run, CancellationToken cancellationToken);
}
