namespace SessionGrains.Grains.Sideband;

/// <summary>The items that we put into a conversation, and which of them are known to be there.</summary>
internal sealed class Deliveries
{
    private readonly Dictionary<string, Step> sent = [];
    private readonly Dictionary<string, bool> onTheirWay = []; // and whether they may have been there before
    private bool wereInDoubt;

    /// <summary>Whether everything is in the conversation, but for what may have been there before and is refused then.</summary>
    public bool HaveArrived => onTheirWay.Values.All(isDoubtful => isDoubtful);

    public bool Contain(string itemId) => sent.ContainsKey(itemId);

    /// <summary>Whether anything was sent, since this was asked last, that may have been there before.</summary>
    public bool WereInDoubt()
    {
        var was = wereInDoubt;
        wereInDoubt = false;
        return was;
    }

    public Step Send(string itemId, Step step, bool isDoubtful)
    {
        sent[itemId] = step;
        wereInDoubt |= isDoubtful;
        onTheirWay[itemId] = isDoubtful;
        return step;
    }

    /// <summary>An item is in the conversation. Whether that was in doubt, so that nobody has answered it yet.</summary>
    public bool Arrived(string itemId) => onTheirWay.Remove(itemId, out var wasDoubtful) && wasDoubtful;

    /// <summary>It will not arrive: its id is taken, or OpenAI wants nothing of it.</summary>
    public void Refused(string itemId) => onTheirWay.Remove(itemId);

    /// <summary>What was not heard of for so long will not be heard of any more.</summary>
    public void GiveUp()
    {
        foreach (var itemId in onTheirWay.Where(item => !item.Value).Select(item => item.Key).ToArray())
        {
            onTheirWay.Remove(itemId);
        }
    }

    /// <summary>After a gap: what was on its way is sent again, and refused where it had arrived.</summary>
    public IReadOnlyList<Step> Again()
    {
        string[] itemIds = [.. onTheirWay.Keys];
        return [.. itemIds.Select(itemId => Send(itemId, sent[itemId], isDoubtful: true))];
    }

    public Step Find(string itemId) => sent[itemId];
}
