using System.Text.Json.Nodes;
using SessionGrains.OpenAI.Sideband;

namespace SessionGrains.Grains.Sideband;

/// <summary>Finds out what a conversation ended with while nobody listened: OpenAI lists no items, but says what a new one follows.</summary>
internal sealed class Recovery
{
    private const string Text = "The connection was restored.";

    // Whoever else puts such messages there keeps us busy only for a while.
    private const int MostLeftBehind = 10;

    private string? probe;
    private string? asked;
    private string? known;
    private bool wasInResponse;
    private int leftBehind;

    /// <summary>Puts a probe into the conversation.</summary>
    /// <param name="lastKnown">The last item that we heard of.</param>
    /// <param name="inResponse">Whether a response ran when we heard the last of it.</param>
    public Step.Say Begin(string probeId, string? lastKnown, bool inResponse)
    {
        (probe, asked, known, wasInResponse) = (probeId, null, lastKnown, inResponse);
        return Probe(probeId);
    }

    /// <summary>What is put into a conversation to look around in it.</summary>
    public static Step.Say Probe(string probeId) => new(probeId, Text);

    public bool IsProbe(string? itemId) => itemId is not null && itemId == probe;

    /// <summary>Whether an item says what probes say.</summary>
    public static bool IsLikeProbe(ConversationItem item) => item is { Type: ConversationItem.Message, Role: "system", Text: Text, Parts: 1 };

    /// <summary>The probe is there: out with it, and look at what it follows.</summary>
    public IReadOnlyList<JsonObject> ProbeAdded(string? previousItemId)
    {
        var delete = ClientEvents.ItemDelete(probe!);
        // Whoever puts one there under its name again is somebody else.
        (probe, asked) = (null, previousItemId);
        return previousItemId is null ? [delete] : [delete, ClientEvents.ItemRetrieve(previousItemId)];
    }

    /// <summary>What was found, if this was asked for.</summary>
    public Found? Find(ConversationItem item)
    {
        if (item.Id is not { } itemId || itemId != asked)
        {
            return null;
        }

        asked = null;
        return IsLikeProbe(item) && ++leftBehind <= MostLeftBehind
            ? new Found.ProbeLeftBehind(itemId)
            : new Found.Last(itemId, itemId != known || wasInResponse);
    }

    /// <summary>What a conversation ended with.</summary>
    internal abstract record Found
    {
        /// <summary>Its last item, and whether something may have been missed.</summary>
        public sealed record Last(string ItemId, bool MayHaveMissed) : Found;

        /// <summary>An owner before us was cut off in the middle of this: its probe hides what is before it.</summary>
        public sealed record ProbeLeftBehind(string ItemId) : Found;
    }
}
