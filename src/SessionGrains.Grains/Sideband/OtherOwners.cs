namespace SessionGrains.Grains.Sideband;

/// <summary>Tells which of two owners of one call holds it: the one of the later term. The other's silo was frozen, or is cut off from the rest.</summary>
/// <param name="term">The term of ours.</param>
/// <param name="ids">The ids of the call's items.</param>
internal sealed class OtherOwners(int term, ItemIds ids)
{
    // A page may show us an old probe as often as it likes.
    private const int MostMeetings = 10;

    private readonly HashSet<string> shown = [];
    private int meetings;

    /// <summary>The term of the owner who put this there to look around, or to be seen; null where none did.</summary>
    public int? TermOf(ConversationItem item) => item.Id is { } id && Recovery.IsLikeProbe(item) ? ids.TermOf(id) : null;

    /// <summary>Whether the owner of this term came after ours.</summary>
    public bool IsLater(int other) => other > term;

    /// <summary>Shows us to an owner of an earlier term, with a probe that looks at nothing; null where that is not worth it.</summary>
    public Step.Say? Answer(int other, string probeKey)
    {
        if (other >= term || ++meetings > MostMeetings)
        {
            return null;
        }

        var probe = Recovery.Probe(ids.OfProbe(term, probeKey));
        shown.Add(probe.ItemId);
        return probe;
    }

    /// <summary>Whether this was put there by us to be seen: then it can go.</summary>
    public bool IsShown(string? itemId) => itemId is not null && shown.Remove(itemId);
}
