namespace SessionGrains.Grains.Sideband;

/// <summary>One thing that the rules of a call want done, in this order.</summary>
internal abstract record Step
{
    private Step()
    {
    }

    /// <summary>Names the kind only: the rest may be somebody's words.</summary>
    public sealed override string ToString() => GetType().Name;

    /// <summary>Ask a tool.</summary>
    internal sealed record RunTool(ToolCallId CallId, string Name, string Arguments) : Step;

    /// <summary>Put the output of a call into the conversation.</summary>
    internal sealed record Answer(string CallId, string ItemId, string Output) : Step;

    /// <summary>Put a message of ours into the conversation.</summary>
    internal sealed record Say(string ItemId, string Text) : Step;

    /// <summary>Let the model go on.</summary>
    internal sealed record CreateResponse(string EventId) : Step;

    /// <summary>Stop a response that must not be heard.</summary>
    internal sealed record CancelResponse(string ResponseId) : Step;

    /// <summary>Take an item out of the conversation.</summary>
    internal sealed record DeleteItem(string ItemId) : Step;

    /// <summary>Set the session back where it departs from the policy.</summary>
    internal sealed record RevertSession(IReadOnlyList<string> Paths) : Step;

    /// <summary>Say so when this time has passed; whether it still matters is seen then.</summary>
    internal sealed record WaitFor(Wait What, string Key, TimeSpan AtMost) : Step;

    /// <summary>Something for the audit trail: identifiers only.</summary>
    internal sealed record Note(string Kind, string Detail) : Step;

    /// <summary>The workflow must end.</summary>
    internal sealed record Finish(EndReason Reason, string Detail) : Step;
}

/// <summary>What is waited for, but not for ever.</summary>
internal enum Wait
{
    /// <summary>That the user stops speaking, or that the model begins to answer.</summary>
    Turn,

    /// <summary>That a response that was asked for begins.</summary>
    Creation,

    /// <summary>That the browser answers a call that it passed on itself.</summary>
    Browser,

    /// <summary>That the last words were heard.</summary>
    Farewell,
}
