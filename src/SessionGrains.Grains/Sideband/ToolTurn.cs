namespace SessionGrains.Grains.Sideband;

/// <summary>The tool calls of one response. Their outputs go out together.</summary>
internal sealed class ToolTurn(string? responseId, bool isDone)
{
    /// <summary>Null where the response is not known, because it was before our time.</summary>
    public string? ResponseId => responseId;

    /// <summary>Whether no more calls come.</summary>
    public bool IsDone { get; set; } = isDone;

    /// <summary>Whether the model repeats a call that has its output already.</summary>
    public bool IsRepeat { get; set; }

    public List<AskedCall> Calls { get; } = [];

    public bool IsReady => IsDone && Calls.TrueForAll(call => call.IsReady);
}

/// <summary>A tool call of the model, on its way to its output.</summary>
internal sealed class AskedCall(string callId, string name, string? responseId, bool isDoubtful)
{
    public string CallId => callId;

    public string Name => name;

    public string? ResponseId => responseId;

    /// <summary>Whether an earlier owner may have answered it already.</summary>
    public bool IsDoubtful => isDoubtful;

    /// <summary>What it is answered with; null while it runs.</summary>
    public string? Output { get; set; }

    /// <summary>Whether an output is in the conversation, or on its way there.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>Whether the output only says that somebody must agree first; its outcome follows.</summary>
    public bool IsPending { get; set; }

    /// <summary>Whether the browser passed it on, and so may answer it itself.</summary>
    public bool IsTheBrowsers { get; set; }

    /// <summary>Whether its success ends the workflow.</summary>
    public bool EndsWorkflow { get; set; }

    /// <summary>An outcome that was told before the run came back with an older one.</summary>
    public (ToolCallView Call, bool EndsWorkflow)? Told { get; set; }

    public bool IsReady => IsAnswered || (Output is not null && !IsTheBrowsers);
}
