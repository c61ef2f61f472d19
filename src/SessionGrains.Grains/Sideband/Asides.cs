using SessionGrains.OpenAI.Sideband;
using static SessionGrains.OpenAI.Sideband.SidebandEvent;

namespace SessionGrains.Grains.Sideband;

/// <summary>Tells what belongs to responses beside the conversation, as a page may ask for to sort or sum up what was said. They cost, and are nothing that anybody said.</summary>
internal sealed class Asides
{
    private readonly HashSet<string> responses = [];
    private readonly HashSet<string> items = [];

    public bool Holds(SidebandEvent told)
    {
        switch (told)
        {
            case ResponseStarted { IsAside: true } started:
                responses.Add(started.ResponseId);
                return true;
            case ResponseDone done when responses.Remove(done.ResponseId):
                if (responses.Count is 0)
                {
                    items.Clear();
                }

                return true;
            case OutputItemAdded output when responses.Contains(output.ResponseId):
                items.Add(output.ItemId);
                return true;
            case FunctionCall { ResponseId: { } response }:
                return responses.Contains(response);
            case TranscriptDelta delta:
                return items.Contains(delta.ItemId);
            case TranscriptDone done:
                return items.Contains(done.ItemId);
            default:
                return false;
        }
    }
}
