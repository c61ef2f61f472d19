using System.Text.Json;

namespace SessionGrains.Grains.Sideband;

/// <summary>Tells items that nobody but us or the model may put into a conversation from those that belong there.</summary>
/// <param name="ids">The ids of the items that owners of this call put out.</param>
internal sealed class ItemGuard(ItemIds ids)
{
    // Of a message with so much in it, escaped as it may be, only the beginning may have been read.
    private const int MostThatIsReadWhole = 128 * 1024;

    private readonly Dictionary<string, ConversationItem> ours = []; // what each item of ours is
    private readonly HashSet<string> arrived = [];
    private readonly HashSet<string> gone = []; // ids of owners whose items were taken out: the page knows them
    private readonly HashSet<string> produced = [];
    private bool isBlind;

    /// <summary>We put an item there. Once its id was seen, it alone proves nothing.</summary>
    public void Sent(ConversationItem item)
    {
        ours[item.Id!] = item;
        arrived.Remove(item.Id!);
    }

    /// <summary>An item was taken out: whoever puts one there under its name is somebody else.</summary>
    public void Deleted(string itemId)
    {
        produced.Remove(itemId);
        if (ids.Made(itemId))
        {
            gone.Add(itemId);
        }

        // One of ours that has not arrived yet is on its way to where a forged one was.
        if (arrived.Remove(itemId))
        {
            ours.Remove(itemId);
        }
    }

    /// <summary>A response put it out.</summary>
    public void Produced(string itemId) => produced.Add(itemId);

    /// <summary>A response may run of which we did not hear what it put out.</summary>
    public void MayHaveMissed() => isBlind = true;

    /// <summary>A response began or ended before our eyes, so whatever ran before is over.</summary>
    public void SeesResponses() => isBlind = false;

    /// <summary>The item, if nobody may have put it there.</summary>
    public ConversationItem? FindForeign(JsonElement added)
    {
        var item = added.AsItem();
        if (IsForeign(item))
        {
            return item;
        }

        if (item.Id is { } id && ours.ContainsKey(id))
        {
            arrived.Add(id);
        }

        return null;
    }

    private bool IsForeign(ConversationItem item) => item switch
    {
        // Another owner's too, whose words need not be ours: that one was first, and ours are refused.
        { Id: { } id } when ids.Made(id) => gone.Contains(id) && !(ours.TryGetValue(id, out var sent) && IsSame(item, sent)),
        { Type: ConversationItem.Output or ConversationItem.McpApproval } => true,
        { Type: ConversationItem.Message, Role: "user" } => false,
        { Type: ConversationItem.Message, Role: "assistant" } or { Type: ConversationItem.Call } => !isBlind && !(item.Id is { } id && produced.Contains(id)),
        { Type: ConversationItem.Message } => true,
        _ => false,
    };

    private static bool IsSame(ConversationItem item, ConversationItem sent) =>
        item with { Text = null, Parts = 0 } == sent with { Text = null } && item.Parts <= 1
        && (item.Text?.Trim() == sent.Text || (item.Text is null && sent.Text is { Length: > MostThatIsReadWhole }));
}
