using SessionGrains.Grains.Sideband;

namespace SessionGrains.Grains.Workflows;

/// <summary>What an activation knows and the store does not yet: usage, and entries for the audit trail. It is saved with the next change, or soon.</summary>
/// <remarks>So that talking costs no durable write per response. What a crash takes is at most these few seconds of it.</remarks>
internal sealed class News(TimeProvider clock)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(10);

    private readonly List<TimelineEntry> notes = [];
    private Consumption before = Consumption.None;
    private Consumption ofCall = Consumption.None;

    /// <summary>By when it must be saved; null while there is nothing new.</summary>
    public DateTimeOffset? SaveBy { get; private set; }

    /// <summary>All that the workflow has used.</summary>
    public Consumption Used => before + ofCall;

    /// <summary>Begins from what is stored. Where a call ran meanwhile that nobody listened to, the sum is an estimate.</summary>
    public void Reset(Consumption? stored, bool mayHaveMissed)
    {
        var known = stored ?? Consumption.None;
        (before, ofCall) = (mayHaveMissed ? known with { IsEstimated = true } : known, Consumption.None);
    }

    /// <summary>Another call begins to count from zero.</summary>
    public void BeginCall() => (before, ofCall) = (Used, Consumption.None);

    /// <summary>Something may have been used that nobody counted.</summary>
    public void MayHaveMissed() => before = before with { IsEstimated = true };

    /// <summary>Takes the sum of the present call.</summary>
    public void Take(Consumption sum)
    {
        ofCall = sum;
        SaveWithin(Later);
    }

    /// <summary>Keeps an entry for the audit trail. Its detail may be what anybody wrote.</summary>
    public void Note(string kind, string detail)
    {
        notes.Add(new(clock.GetUtcNow(), kind, NotedText.Of(detail)));
        SaveWithin(Soon);
    }

    /// <summary>Something else is to be stored soon.</summary>
    public void SaveSoon() => SaveWithin(Soon);

    /// <summary>The state with all of it; the same one when there is nothing new.</summary>
    public WorkflowState AddTo(WorkflowState state, int toolCalls) => state.Phase is Phase.None or Phase.Ended && state.Owner is null ? state : state with
    {
        Timeline = state.Timeline.AddRange(notes.Where(note => !Has(state, note))),
        Usage = Used == Consumption.None ? state.Usage : Used,
        ToolCalls = toolCalls is 0 ? state.ToolCalls : toolCalls,
    };

    /// <summary>It is stored, as far as this state has it.</summary>
    public void IsSaved(WorkflowState saved)
    {
        notes.RemoveAll(note => saved.Phase is Phase.Ended || Has(saved, note));
        SaveBy = notes.Count > 0 || (saved.Phase is not Phase.Ended && Used != (saved.Usage ?? Consumption.None)) ? SaveBy : null;
    }

    private static bool Has(WorkflowState state, TimelineEntry note) => state.Timeline.Any(entry => ReferenceEquals(entry, note));

    private void SaveWithin(TimeSpan time)
    {
        var by = clock.GetUtcNow() + time;
        SaveBy = SaveBy < by ? SaveBy : by;
    }
}
