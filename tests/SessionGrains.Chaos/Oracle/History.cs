namespace SessionGrains.Chaos.Oracle;

/// <summary>Everything that is known of one run, from those who cannot lie about it: the fakes' ledgers, the database, the callers.</summary>
internal sealed record History
{
    /// <summary>Secrets that OpenAI minted.</summary>
    public IReadOnlyList<Mint> Mints { get; init; } = [];

    /// <summary>Calls that OpenAI created, with all that became of them.</summary>
    public IReadOnlyList<Call> Calls { get; init; } = [];

    /// <summary>What models asked of tools, and what they were told.</summary>
    public IReadOnlyList<Question> Questions { get; init; } = [];

    /// <summary>What arrived at the tools.</summary>
    public IReadOnlyList<ToolRequest> ToolRequests { get; init; } = [];

    /// <summary>What the tools did because of it.</summary>
    public IReadOnlyList<ToolRequest> ToolEffects { get; init; } = [];

    /// <summary>What callers asked for, and what they were told.</summary>
    public IReadOnlyList<Reply> Replies { get; init; } = [];

    /// <summary>What the database says when all is over.</summary>
    public IReadOnlyList<Stored> Stored { get; init; } = [];

    /// <summary>Places that are still taken although nothing lives any more.</summary>
    public IReadOnlyList<string> SlotsTaken { get; init; } = [];

    /// <summary>What was broken, and for how long.</summary>
    public IReadOnlyList<Trouble> Troubles { get; init; } = [];

    /// <summary>What the processes took, looked at now and then.</summary>
    public IReadOnlyList<Footprint> Footprints { get; init; } = [];

    /// <summary>How far the clocks of silos, and so the times in the database, may be from the truth.</summary>
    public TimeSpan Skew { get; init; }

    /// <summary>What is known about a workflow by the tag that its start carried.</summary>
    public Stored? Of(string tag) => Stored.FirstOrDefault(one => one.Tag == tag);
}

/// <summary>A secret that OpenAI minted, for the start with this tag.</summary>
internal sealed record Mint(string Tag, DateTimeOffset At);

/// <summary>A call at OpenAI. The user is the identifier that OpenAI was given for him.</summary>
internal sealed record Call(string Id, string Tag, string User, DateTimeOffset CreatedAt)
{
    public DateTimeOffset? HungUpAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public string? EndReason { get; init; }

    public IReadOnlyList<Attachment> Sidebands { get; init; } = [];

    /// <summary>From when on it cost nothing any more.</summary>
    public DateTimeOffset? OverAt => HungUpAt ?? EndedAt;
}

/// <summary>A sideband of a call, from its beginning to its end.</summary>
internal sealed record Attachment(DateTimeOffset From, DateTimeOffset? To);

/// <summary>A function call of a model, and its outputs.</summary>
internal sealed record Question(string Call, string Id, DateTimeOffset AskedAt)
{
    public IReadOnlyList<ToolAnswer> Answers { get; init; } = [];
}

/// <summary>A function call's output as the model got it.</summary>
internal sealed record ToolAnswer(DateTimeOffset At, string Output)
{
    /// <summary>When what is there under its id was last deleted from the conversation.</summary>
    public DateTimeOffset? TakenOutAt { get; init; }

    /// <summary>The tests' tools answer with the effect that they had, and nobody else says so.</summary>
    public bool IsDone => Output.Contains("\"effect\"", StringComparison.Ordinal);

    public bool IsUnknown => Output.Contains("may_have_happened", StringComparison.Ordinal);
}

/// <summary>One request at a tool, or one effect of it.</summary>
internal sealed record ToolRequest(string Tool, string Workflow, string CallId, string Key, DateTimeOffset At);

/// <summary>What a caller asked for, and was told. Status 0 is no answer.</summary>
internal sealed record Reply(Ask Ask, string Tag, DateTimeOffset AskedAt, DateTimeOffset At, int Status)
{
    public string? Code { get; init; }

    public string? Workflow { get; init; }

    public string? Call { get; init; }

    /// <summary>Of a tool call: its id and its outcome.</summary>
    public string? ToolCall { get; init; }

    public string? Outcome { get; init; }

    public string? Text { get; init; }

    public bool HasRetryAfter { get; init; }

    public bool IsYes => Status is >= 200 and < 300;
}

/// <summary>What callers can ask for.</summary>
internal enum Ask
{
    Start,
    Connect,
    ToolCall,
    End,
}

/// <summary>A workflow in the database: alive, or as its final report tells.</summary>
internal sealed record Stored(string Workflow, string Tag, string Phase, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    public string? EndReason { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How its call was hung up, as it was recorded.</summary>
    public string? HangUp { get; init; }

    /// <summary>The calls that it says it had.</summary>
    public IReadOnlyList<string> Calls { get; init; } = [];

    /// <summary>The tool calls that it recorded, with their outcomes.</summary>
    public IReadOnlyList<(string Id, string Outcome)> ToolCalls { get; init; } = [];

    public bool IsEnded => Phase is "ended";
}

/// <summary>Something that was broken on purpose.</summary>
internal sealed record Trouble(string What, DateTimeOffset From, DateTimeOffset To);

/// <summary>What one kind of process takes at a moment.</summary>
/// <param name="Heap">What is alive on its heap, in bytes.</param>
internal sealed record Footprint(DateTimeOffset At, string Process, long Heap, int Sockets)
{
    /// <summary>Memory of its own, in bytes, whatever it is for.</summary>
    public long Resident { get; init; }
}
