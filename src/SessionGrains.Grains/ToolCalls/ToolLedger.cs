using System.Collections.Immutable;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Storage;

namespace SessionGrains.Grains.ToolCalls;

/// <summary>What a workflow knows of its tool calls: how many there were, which are open, and which may never be repeated.</summary>
/// <remarks>It lives with an activation. Of calls that only read, the next one knows how many there were, and not which.</remarks>
internal sealed class ToolLedger
{
    private const int RefusalsNoted = 200;

    private readonly Dictionary<ToolCallId, Entry> calls = [];
    private int refusals;
    private int forgotten;

    private enum Standing
    {
        Running,
        Pending,

        /// <summary>Nobody knows whether it was done.</summary>
        Doubtful,
        Over,
    }

    /// <summary>Calls that were admitted.</summary>
    public int Count => calls.Count + forgotten;

    /// <summary>Calls that run or wait for approval.</summary>
    public ImmutableArray<ToolCallId> Open => [.. calls.Where(call => call.Value.IsOpen).Select(call => call.Key)];

    /// <summary>Calls that somebody keeps in memory: the open ones, and the results that were never written down.</summary>
    public ImmutableArray<ToolCallId> InMemory => [.. calls.Where(call => call.Value.IsOpen || !(call.Value.LeavesRow || call.Value.IsReleased)).Select(call => call.Key)];

    /// <summary>Refusals beyond those that are noted one by one.</summary>
    public int UnnotedRefusals => Math.Max(refusals - RefusalsNoted, 0);

    /// <summary>Counts a call, or says why it may not run. Asked again for the same call it counts nothing.</summary>
    public Refusal? Admit(ToolClaim claim, GrantedTool? granted, Limits limits)
    {
        if (granted is null)
        {
            return new(RefusalCode.ToolNotAllowed, "The policy does not allow this tool.");
        }

        if (claim.ArgumentsError is { } error)
        {
            return new(RefusalCode.InvalidToolArguments, error);
        }

        if (calls.TryGetValue(claim.CallId, out var known))
        {
            return known.Name != claim.Name || known.ArgumentsHash != claim.ArgumentsHash
                ? new(RefusalCode.ToolCallConflict, "Another call has this id: its tool or its arguments differ.")
                // One that waited for approval may have been overtaken by the same wish under another id.
                : known.Standing is Standing.Pending && IsDoubtful(claim) ? InDoubt : null;
        }

        if (IsDoubtful(claim))
        {
            return InDoubt;
        }

        if (LimitReached(claim, granted, limits) is { } limit)
        {
            return limit;
        }

        calls.Add(claim.CallId, new(claim.Name, claim.ArgumentsHash, ToolCallState.LeavesRowFor(claim.Effect, granted.Approval), Standing.Running));
        return null;
    }

    private bool IsDoubtful(ToolClaim claim) =>
        calls.Values.Any(call => call.Standing is Standing.Doubtful && call.Name == claim.Name && call.ArgumentsHash == claim.ArgumentsHash);

    private static Refusal InDoubt { get; } = new(
        RefusalCode.ToolNotAllowed, "The same was asked for before, and nobody knows whether it was done. Tell the person so; it is not done a second time.");

    public bool Knows(ToolCallId call) => calls.ContainsKey(call);

    public bool LeavesRow(ToolCallId call) => calls.TryGetValue(call, out var known) && known.LeavesRow;

    /// <summary>Notes how a call stands; false when that is known already.</summary>
    public bool Take(ToolCallView view)
    {
        var standing = StandingOf(view.Status);
        var isKnown = calls.TryGetValue(view.CallId, out var known);
        // An outcome is final: an older message that comes late means nothing.
        if (isKnown && known!.Last is not null && (known.Last == view.Status || !known.IsOpen))
        {
            return false;
        }

        calls[view.CallId] = new(view.Name, view.ArgumentsHash, known?.LeavesRow ?? true, standing, view.Status);
        return true;
    }

    /// <summary>A call that was admitted and of which nothing is known any more: it counts, and takes no place.</summary>
    public void Forget(ToolCallId call)
    {
        if (calls.TryGetValue(call, out var known) && known.IsOpen)
        {
            calls[call] = known with { Standing = Standing.Over, Last = null };
        }
    }

    /// <summary>Nobody keeps a result any more.</summary>
    public void Release(ToolCallId call)
    {
        if (calls.TryGetValue(call, out var known))
        {
            calls[call] = known with { IsReleased = true };
        }
    }

    /// <summary>Begins with what is stored.</summary>
    /// <param name="admitted">How many calls were admitted before, with those that left no row.</param>
    public void Load(IEnumerable<ToolCallRow> rows, int admitted)
    {
        foreach (var (call, state) in rows)
        {
            var status = ToolCallViews.Status(state.Stage);
            calls.TryAdd(call, new(state.Name, state.ArgumentsHash, LeavesRow: true, StandingOf(status), status));
        }

        forgotten = Math.Max(forgotten, admitted - calls.Count);
    }

    /// <summary>Counts a refusal; whether it is one of those that are noted.</summary>
    public bool CountRefusal() => ++refusals <= RefusalsNoted;

    private Refusal? LimitReached(ToolClaim claim, GrantedTool granted, Limits limits)
    {
        if (Count >= limits.MaxToolCalls)
        {
            return Limit($"This workflow has made all of its {limits.MaxToolCalls} tool calls.");
        }

        if (granted.MaxCalls is { } most && calls.Values.Count(call => call.Name == claim.Name) >= most)
        {
            return Limit($"This workflow has made all of its {most} calls of this tool.");
        }

        return calls.Values.Count(call => call.Standing is Standing.Running) >= limits.MaxConcurrentToolCalls
            ? Limit($"{limits.MaxConcurrentToolCalls} tool calls run already; wait until one is done.") with { RetryAfter = TimeSpan.FromSeconds(1) }
            : null;
    }

    private static Refusal Limit(string why) => new(RefusalCode.ToolCallLimit, why);

    private static Standing StandingOf(ToolCallStatus status) => status switch
    {
        ToolCallStatus.Running => Standing.Running,
        ToolCallStatus.PendingApproval => Standing.Pending,
        ToolCallStatus.Unknown => Standing.Doubtful,
        _ => Standing.Over,
    };

    private sealed record Entry(string Name, string ArgumentsHash, bool LeavesRow, Standing Standing, ToolCallStatus? Last = null, bool IsReleased = false)
    {
        public bool IsOpen => Standing is Standing.Running or Standing.Pending;
    }
}
