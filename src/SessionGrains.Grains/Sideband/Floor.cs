using System.Globalization;

namespace SessionGrains.Grains.Sideband;

/// <summary>Who speaks in a conversation, and whether the model still has to be asked to.</summary>
/// <remarks>
/// A response may be created only while none is active. When the user has spoken, OpenAI creates one by itself, and whoever
/// sits in the browser may create one too; so a creation of ours may be refused, and then the response that ran is waited for.
/// </remarks>
internal sealed class Floor(string eventPrefix)
{
    // Speech ends by itself; this is for a buffer that was thrown away.
    private static readonly TimeSpan LongestSpeech = TimeSpan.FromSeconds(30);

    // OpenAI answers a turn at once, if it is to.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestCreation = TimeSpan.FromSeconds(10);

    private string? creation;
    private bool isBlocked;
    private bool lostCreation;
    private string? heldBy;
    private int number;

    /// <summary>The response that runs, as far as we heard.</summary>
    public string? Active { get; private set; }

    /// <summary>Whether the model has something to answer that no response has seen.</summary>
    public bool IsWanted { get; private set; }

    /// <summary>Whether nobody runs a response or is about to.</summary>
    public bool IsFree => Active is null && !isBlocked && creation is null;

    public void Want() => IsWanted = true;

    /// <summary>A response for what the model has not answered yet, if this is the moment.</summary>
    public IEnumerable<Step> TryCreate()
    {
        if (!IsWanted || !IsFree || heldBy is not null)
        {
            return [];
        }

        creation = NextKey();
        return [new Step.CreateResponse(creation), new Step.WaitFor(Wait.Creation, creation, LongestCreation)];
    }

    public Step SpeechStarted() => Hold(LongestSpeech);

    public Step SpeechStopped() => Hold(LongestPause);

    /// <param name="sawAll">Whether everything that we said before was in the conversation by then.</param>
    public void Started(string responseId, bool sawAll)
    {
        (Active, heldBy) = (responseId, null);
        if (sawAll)
        {
            // Ours or not, it answers what there is to answer. One that began before that cannot be ours: OpenAI keeps the order.
            (creation, IsWanted, lostCreation) = (null, false, false);
        }
    }

    public void Done(string responseId)
    {
        Active = Active == responseId ? null : Active;
        isBlocked = false;
    }

    /// <summary>A creation was refused because a response was active. OpenAI does not always say whose it was.</summary>
    public void Refused(string? eventId)
    {
        if (creation is not null && (eventId is null || eventId == creation))
        {
            isBlocked = Active is null;
            creation = null;
        }
    }

    /// <summary>Something failed for good, or nothing came of it; whether it was our creation.</summary>
    public bool Failed(string? eventId)
    {
        if (creation is null || eventId != creation)
        {
            return false;
        }

        (creation, IsWanted) = (null, false);
        return true;
    }

    public void HeldLongEnough(string key) => heldBy = heldBy == key ? null : heldBy;

    /// <summary>Nothing is known of what happens now. Whether a creation on its way arrived is found out afterwards.</summary>
    public void Lost()
    {
        IsWanted &= creation is null;
        lostCreation |= creation is not null;
        (Active, creation, isBlocked, heldBy) = (null, null, false, null);
    }

    /// <summary>Whether a creation was on its way when the sideband was lost, and no response was heard of since. It is told once.</summary>
    public bool LostCreation()
    {
        var was = lostCreation;
        lostCreation = false;
        return was;
    }

    private Step.WaitFor Hold(TimeSpan atMost)
    {
        heldBy = NextKey();
        return new(Wait.Turn, heldBy, atMost);
    }

    private string NextKey() => string.Create(CultureInfo.InvariantCulture, $"{eventPrefix}{++number}");
}
