namespace SessionGrains.Emulator.Faults;

/// <summary>One misbehaviour on demand: where, how often, and what goes wrong.</summary>
internal sealed record Fault
{
    /// <summary>client_secrets, calls, hangup, sideband or browser.</summary>
    public required string Endpoint { get; init; }

    /// <summary>How many requests it hits; 0 hits every one until cleared.</summary>
    public int Times { get; init; } = 1;

    /// <summary>Hits only requests about this call.</summary>
    public string? CallId { get; init; }

    /// <summary>Answers with this status; unless <see cref="Act"/> is set, without having done anything.</summary>
    public int? Status { get; init; }

    public string? Code { get; init; }

    public string? Message { get; init; }

    public string? Type { get; init; }

    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>Waits first.</summary>
    public int DelayMs { get; init; }

    /// <summary>Never answers.</summary>
    public bool Hang { get; init; }

    /// <summary>Acts, then resets the connection without a reply.</summary>
    public bool DropReply { get; init; }

    /// <summary>Acts before it answers with <see cref="Status"/> or hangs: the ambiguous outcome.</summary>
    public bool Act { get; init; }

    /// <summary>For a socket: sends each event twice.</summary>
    public bool DuplicateEvents { get; init; }

    /// <summary>For a socket: gone without a close frame after it carried this many server events.</summary>
    public int? AbortAfterEvents { get; init; }

    /// <summary>For a socket: stays open, but sends nothing any more after this many server events.</summary>
    public int? SilentAfterEvents { get; init; }

    /// <summary>For a socket: closes by the book with this code after <see cref="CloseAfterEvents"/> server events.</summary>
    public int? CloseCode { get; init; }

    public int CloseAfterEvents { get; init; }
}
