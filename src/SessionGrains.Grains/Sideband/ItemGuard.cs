using System.Text.Json;

namespace SessionGrains.Grains.Sideband;

/// <summary>Tells items that nobody but us or the model may put into a conversation from those that belong there.</summary>
internal sealed class ItemGuard
{
    // Of a message with so much in it, escaped as it may be, only the beginning may have been read.
    private const int MostThatIsReadWhole = 128 * 1024;

    private readonly Dictionary<string, ConversationItem> ours = []; // what each item of ours is
    private readonly HashSet<string> arrived = [];
    private readonly HashSet<string> produced = [];
    private readonly HashSet<string> expected = [];
    private bool isBlind;

    /// <summary>We put an item there. Its id alone proves nothing: it can be guessed.</summary>
    public void Sent(ConversationItem item)
    {
        ours[item.Id!] = item;
        arrived.Remove(item.Id!);
    }

    /// <summary>An owner before us may still put an item there, as we are about to. Ours is refused then, and what is there is looked at.</summary>
    public void Expect(string itemId) => expected.Add(itemId);

    /// <summary>Whether an owner before us may have put an item there.</summary>
    public bool IsExpected(string itemId) => expected.Contains(itemId);

    /// <summary>Whether we put an item there under this id.</summary>
    public bool AreOurs(string itemId) => ours.ContainsKey(itemId);

    /// <summary>An item was taken out: whoever puts one there under its name is somebody else.</summary>
    public void Deleted(string itemId)
    {
        produced.Remove(itemId);
        expected.Remove(itemId);
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
        { Id: { } id } when ours.TryGetValue(id, out var sent) => !IsSame(item, sent),
        { Type: ConversationItem.Output, Id: { } id } when expected.Contains(id) => false,
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
