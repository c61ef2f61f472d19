namespace SessionGrains.Tools.Running;

/// <summary>One run of a tool, over all its attempts: what is asked, until when, and whether it may have happened already.</summary>
internal sealed class ToolRun(ToolDeclaration tool, ToolRequest request, DateTimeOffset deadline)
{
    // An earlier run, of which nobody recorded the outcome, may have done it.
    private volatile bool isUnresolved = request.Attempt > 1;
    private volatile bool hasLeft;

    public ToolDeclaration Tool => tool;

    public ToolRequest Request => request;

    /// <summary>The caller's deadline or the end of the tool's own time, whichever comes first.</summary>
    public DateTimeOffset Deadline => deadline;

    /// <summary>Whether the effect may exist; reading has none.</summary>
    public bool MayHaveHappened => (isUnresolved || hasLeft) && tool.Effect != ToolEffect.Read;

    /// <summary>Notes that from now on the tool may have got this attempt's request.</summary>
    public void Leave() => hasLeft = true;

    /// <summary>Notes that the tool has turned this attempt away; what earlier ones did stays open.</summary>
    public void TurnedAway() => hasLeft = false;

    /// <summary>The result of an attempt that brought no certainty.</summary>
    public ToolResult Lost(string words)
    {
        isUnresolved |= hasLeft;
        return MayHaveHappened ? new ToolResult.Unknown(words) : new ToolResult.Failed(words);
    }
}
