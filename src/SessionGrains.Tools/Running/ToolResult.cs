namespace SessionGrains.Tools.Running;

/// <summary>What came of running a tool, and how much of its effect is certain.</summary>
public abstract record ToolResult
{
    private ToolResult()
    {
    }

    /// <summary>It ran; the output is for the model.</summary>
    /// <param name="EndsWorkflow">Whether this success completes the workflow.</param>
    public sealed record Completed(string Output, bool EndsWorkflow) : ToolResult
    {
        public override string ToString() => nameof(Completed);
    }

    /// <summary>It certainly had no effect beyond what the tool itself says; the error may be told to the model.</summary>
    public sealed record Failed(string Error) : ToolResult
    {
        public override string ToString() => nameof(Failed);
    }

    /// <summary>Its time was up.</summary>
    public sealed record TimedOut(bool MayHaveHappened) : ToolResult;

    /// <summary>Nobody knows whether it had its effect; the detail may be told to the model.</summary>
    public sealed record Unknown(string Detail) : ToolResult
    {
        public override string ToString() => nameof(Unknown);
    }
}
