using System.Collections.Immutable;
using System.Text.Json.Serialization;
using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Storage;

namespace SessionGrains.Grains.Workflows;

/// <summary>All that is stored of a workflow. No secret is in it, only hashes of our own; after the end no personal data either.</summary>
/// <remarks>
/// The members <c>phase</c>, <c>due_at</c> and <c>call_id</c> are read by SQL (<c>workflow_view</c>). A member may be added;
/// a name or a meaning never changes, since workflows outlive upgrades.
/// </remarks>
internal sealed record WorkflowState : StoredRecord
{
    public static WorkflowState None { get; } = new();

    public int Schema { get; init; } = 1;

    public Phase Phase { get; init; }

    /// <summary>When something must happen next, in unix milliseconds; null when nothing must.</summary>
    public long? DueAt { get; init; }

    /// <summary>The call that the workflow has now. Unique in the cluster.</summary>
    public string? CallId { get; init; }

    /// <summary>Whose it is; null in a tombstone.</summary>
    public UserId? Owner { get; init; }

    /// <summary>In a tombstone, a hash of whose it was: a stranger must not learn that it ended.</summary>
    public string? OwnerKey { get; init; }

    public string Definition { get; init; } = "";

    public string DefinitionVersion { get; init; } = "";

    public ConnectionMode Mode { get; init; }

    /// <summary>What fills the definition's placeholders.</summary>
    public ImmutableDictionary<string, string> Values { get; init; } = ImmutableDictionary<string, string>.Empty;

    public ImmutableDictionary<string, string> Metadata { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Hash of the request that started it: the same idempotency key must come with the same request.</summary>
    public string? RequestHash { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the maximum duration is over. It never moves.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>By when a call must be there, while none is.</summary>
    public DateTimeOffset AttachBy { get; init; }

    /// <summary>Secrets minted so far, counted before each mint.</summary>
    public int SecretsMinted { get; init; }

    /// <summary>Our own secrets, as hashes.</summary>
    public ImmutableArray<SecretRecord> Secrets { get; init; } = [];

    /// <summary>Different calls that the browser reported, in client secret mode.</summary>
    public int CallsReported { get; init; }

    /// <summary>The creation of a call that is under way: a call may exist.</summary>
    public Attempt? Attempt { get; init; }

    /// <summary>Known to nobody outside, for the ids of what we put into the call; null where the browser created the call.</summary>
    public string? CallSalt { get; init; }

    /// <summary>How often an activation has taken over from one before it while a call was live; null for never.</summary>
    public int? Term { get; init; }

    /// <summary>A call may exist that we never learned of.</summary>
    public bool MayHaveLostACall { get; init; }

    public EndReason? EndReason { get; init; }

    /// <summary>What the owner said when ending it.</summary>
    public string? EndDetail { get; init; }

    /// <summary>When the end was decided.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public HangUpResult? HangUp { get; init; }

    /// <summary>Calls that must still be hung up, in any phase. Nothing leaves this list but a settled hang-up.</summary>
    public ImmutableArray<OwedHangUp> Owed { get; init; } = [];

    /// <summary>What was used, as far as it was saved; null for nothing.</summary>
    public Consumption? Usage { get; init; }

    /// <summary>How many tool calls were admitted, as far as it was saved; null for none.</summary>
    public int? ToolCalls { get; init; }

    /// <summary>When the tombstone may go.</summary>
    public DateTimeOffset? EraseAt { get; init; }

    /// <summary>What happened, for the audit trail. Bounded by the policy's counts.</summary>
    public ImmutableArray<TimelineEntry> Timeline { get; init; } = [];

    [JsonIgnore]
    public bool IsLive => Phase is Phase.Ready or Phase.Connecting or Phase.Active;

    /// <summary>A browser has a secret, and no call of it was reported; it may have been used all the same.</summary>
    [JsonIgnore]
    public bool MissesAReport => Mode is ConnectionMode.ClientSecret && CallsReported < SecretsMinted;

    /// <summary>Adds an entry to the timeline.</summary>
    public WorkflowState Note(DateTimeOffset now, string kind, string? detail = null) =>
        this with { Timeline = Timeline.Add(new(now, kind, detail)) };
}

/// <summary>One of our own secrets: it works once, until it expires.</summary>
/// <param name="Refusals">How often OpenAI refused an offer that came with it; null for never.</param>
internal sealed record SecretRecord(string Hash, DateTimeOffset ExpiresAt, bool IsUsed, int? Refusals = null) : StoredRecord
{
    private const int RefusalsAtMost = 5;

    /// <summary>A definite refusal leaves it unused, but not for ever: each try costs a request to OpenAI and two writes.</summary>
    public SecretRecord AfterRefusal()
    {
        var refusals = (Refusals ?? 0) + 1;
        return this with { IsUsed = refusals >= RefusalsAtMost, Refusals = refusals };
    }
}

/// <summary>One try to create a call, and by when its outcome counts as unknown.</summary>
internal sealed record Attempt(string Id, string SecretHash, DateTimeOffset Until) : StoredRecord;

/// <summary>A call to hang up, owed since then.</summary>
internal sealed record OwedHangUp(string CallId, DateTimeOffset Since) : StoredRecord;

/// <summary>One thing that happened. The detail holds identifiers only.</summary>
internal sealed record TimelineEntry(DateTimeOffset At, string Kind, string? Detail) : StoredRecord;
