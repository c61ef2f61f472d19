using System.Text.Json;
using SessionGrains.OpenAI.Sideband;
using static SessionGrains.OpenAI.Sideband.SidebandEvent;

namespace SessionGrains.Grains.Sideband;

/// <summary>Takes from what is heard what only has to be known: who is active, what is used, what is said.</summary>
internal sealed class CallEar(CallPlan plan, CallState state, UsageMeter meter, Herald herald)
{
    private readonly bool passesWords = plan.Transcripts && plan.Mode is not ConnectionMode.ClientSecret;

    public void Hear(SidebandEvent told)
    {
        NoteActivity(told);
        if (told is SessionUpdated(var session))
        {
            meter.TranscribedBy(TranscriptionModel(session));
        }

        Count(told);
        if (passesWords && Words(told) is { } said)
        {
            herald.Tell(said);
        }
    }

    /// <summary>Takes what something costs, and no more of it.</summary>
    public void Count(SidebandEvent told)
    {
        if (meter.Hear(told))
        {
            herald.Tell(new CallNews.Used(meter.Total));
        }
    }

    /// <summary>From here on nobody knows all that happened.</summary>
    public void MayHaveMissed() => meter.Gap();

    private void NoteActivity(SidebandEvent told)
    {
        switch (told)
        {
            case SpeechStarted or SpeechStopped:
                state.UserSpeaks(told is SpeechStarted);
                break;
            case ResponseStarted or ResponseDone:
                state.Responds(told is ResponseStarted);
                break;
            case AudioStarted or AudioStopped:
                state.IsHeard(told is AudioStarted);
                break;
            case TranscriptDelta or TranscriptDone or FunctionCall:
            case ItemAdded added when added.Item.AsItem() is { Role: "user" }:
                state.Act();
                break;
        }
    }

    private static CallNews.Said? Words(SidebandEvent told) => told switch
    {
        TranscriptDelta delta => new(delta.Role, delta.ItemId, delta.Text, IsAll: false),
        TranscriptDone done => new(done.Role, done.ItemId, done.Text, IsAll: true),
        // What a user said is known after the answer to it began: this keeps its place.
        ItemAdded added when added.Item.AsItem() is { Role: "user", Id: { } id } => new("user", id, "", IsAll: false),
        _ => null,
    };

    private static string? TranscriptionModel(JsonElement session)
    {
        var found = session;
        foreach (var name in (ReadOnlySpan<string>)["audio", "input", "transcription", "model"])
        {
            if (found.ValueKind is not JsonValueKind.Object || !found.TryGetProperty(name, out found))
            {
                return null;
            }
        }

        return found.Text();
    }
}
