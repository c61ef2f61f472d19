namespace SessionGrains.Tools.Running;

/// <summary>What a tool in code may know of the call that it answers, and how it ends the workflow.</summary>
public sealed class ToolContext
{
    private volatile bool isEnding;

    internal ToolContext(ToolRun run)
    {
        WorkflowId = run.Request.WorkflowId;
        CallId = run.Request.CallId;
        Subject = run.Request.Subject;
        Tenant = run.Request.Tenant;
        IdempotencyKey = run.Request.IdempotencyKey;
        Deadline = run.Deadline;
    }

    public string WorkflowId { get; }

    public string CallId { get; }

    /// <summary>The signed-in user, as the token names them.</summary>
    public string Subject { get; }

    public string? Tenant { get; }

    /// <summary>The same when this call is run again.</summary>
    public string IdempotencyKey { get; }

    /// <summary>The time at which nobody waits for the result any more.</summary>
    public DateTimeOffset Deadline { get; }

    internal bool IsEnding => isEnding;

    /// <summary>Completes the workflow when this tool succeeds.</summary>
    public void End() => isEnding = true;
}
