using System.Text.Json;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>What is told on a sideband, as far as we act on it. Its text shows the kind only, never what was said.</summary>
public abstract record SidebandEvent
{
    private SidebandEvent()
    {
    }

    /// <inheritdoc/>
    public sealed override string ToString() => GetType().Name;

    /// <summary>Somebody changed the session, which now is so.</summary>
    public sealed record SessionUpdated(JsonElement Session) : SidebandEvent;

    /// <summary>The model asks for a tool. OpenAI announces each call up to three times; a call that was cut short is not announced here.</summary>
    public sealed record FunctionCall(string CallId, string Name, string Arguments, string? ResponseId, string? ItemId) : SidebandEvent;

    /// <summary>A response has begun; no other can until it is done.</summary>
    public sealed record ResponseStarted(string ResponseId) : SidebandEvent
    {
        /// <summary>Whether it is no part of the conversation (<c>conversation: "none"</c>): others may run beside it, and what it puts out goes nowhere.</summary>
        public bool IsAside { get; init; }
    }

    /// <summary>A response is over: <c>completed</c>, <c>cancelled</c>, <c>failed</c> or <c>incomplete</c>.</summary>
    public sealed record ResponseDone(string ResponseId, string Status, Usage? Usage, string? ErrorCode, IReadOnlyList<FunctionCall> Calls) : SidebandEvent;

    /// <summary>A response puts an item out; the conversation's own news of it follows.</summary>
    public sealed record OutputItemAdded(string ResponseId, string ItemId) : SidebandEvent;

    /// <summary>An item came into the conversation, whoever put it there.</summary>
    /// <param name="PreviousItemId">The item that it follows; null where it is the first one.</param>
    public sealed record ItemAdded(JsonElement Item, string? PreviousItemId = null) : SidebandEvent;

    /// <summary>An item that was asked for, and the call that it is, if it is one whose arguments are all there.</summary>
    public sealed record ItemRetrieved(JsonElement Item, FunctionCall? Call) : SidebandEvent;

    /// <summary>An item left the conversation, whoever took it out.</summary>
    public sealed record ItemDeleted(string ItemId) : SidebandEvent;

    /// <summary>The user began to speak.</summary>
    public sealed record SpeechStarted : SidebandEvent;

    /// <summary>The user stopped speaking.</summary>
    public sealed record SpeechStopped : SidebandEvent;

    /// <summary>The user begins to hear a response.</summary>
    public sealed record AudioStarted(string ResponseId) : SidebandEvent;

    /// <summary>The user no longer hears a response, because it ended or was interrupted.</summary>
    public sealed record AudioStopped(string ResponseId) : SidebandEvent;

    /// <summary>A piece of what the <c>user</c> or the <c>assistant</c> says.</summary>
    public sealed record TranscriptDelta(string Role, string ItemId, string Text) : SidebandEvent;

    /// <summary>All of what the <c>user</c> or the <c>assistant</c> said.</summary>
    public sealed record TranscriptDone(string Role, string ItemId, string Text) : SidebandEvent;

    /// <summary>What writing down the user's words used.</summary>
    public sealed record TranscriptionUsage(string? ItemId, Usage Usage) : SidebandEvent;

    /// <summary>What is left of the rate limits.</summary>
    public sealed record RateLimits(JsonElement Limits) : SidebandEvent;

    /// <summary>OpenAI did not like something; the sideband stays open.</summary>
    /// <param name="EventId">The id of the client event that caused it, where OpenAI says so.</param>
    public sealed record Error(string? Code, string? Message, string? EventId) : SidebandEvent;

    /// <summary>The sideband is over. Always the last event.</summary>
    public sealed record Closed(CloseKind Kind, string? Reason) : SidebandEvent;

    /// <summary>A message that cannot be read, or one too long of which the beginning does not say enough. Whoever guards a session must not take it for nothing.</summary>
    public sealed record Unreadable : SidebandEvent;

    /// <summary>Everything else.</summary>
    public sealed record Other(string Type) : SidebandEvent;
}

/// <summary>How a sideband ended.</summary>
public enum CloseKind
{
    /// <summary>By the book. It does not prove that the call is over: proxies rotate.</summary>
    Clean,

    /// <summary>The session reached OpenAI's 60 minutes: the call is over.</summary>
    Expired,

    /// <summary>The connection was lost, went silent, or carried what we do not take.</summary>
    Broken,
}
