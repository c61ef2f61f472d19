using System.Text;
using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Sessions;

/// <summary>Writes what the model says, as speech with its transcript or as text.</summary>
internal sealed class MessageWriter(ResponseRun run, string text, string? phase) : IOutputWriter
{
    private readonly JsonObject item = Items.Message(Items.NewId(), phase);
    private readonly StringBuilder said = new();
    private int index;

    private string ItemId => Conversation.IdOf(item);

    public IEnumerable<int> Write(int paceMs)
    {
        index = run.AddItem(item);
        run.Emit(Part("response.content_part.added", ("part", PartSoFar())));
        foreach (var word in Words.Of(text))
        {
            Say(word);
            yield return paceMs;
        }
    }

    public void End(string status)
    {
        if (run.IsSpoken)
        {
            run.Emit(Part("response.output_audio.done"));
            run.Emit(Part("response.output_audio_transcript.done", ("transcript", said.ToString())));
        }
        else
        {
            run.Emit(Part("response.output_text.done", ("text", said.ToString())));
        }

        run.Emit(Part("response.content_part.done", ("part", PartSoFar())));
        item["status"] = status;
        item["content"] = new JsonArray(run.IsSpoken
            ? new JsonObject { ["type"] = "output_audio", ["transcript"] = said.ToString() }
            : new JsonObject { ["type"] = "output_text", ["text"] = said.ToString() });
        run.FinishItem(item, index);
    }

    private void Say(string word)
    {
        var isFirst = said.Length == 0;
        said.Append(word);
        run.Emit(ServerEvents.PartDelta(
            run.IsSpoken ? "response.output_audio_transcript.delta" : "response.output_text.delta", run.Id, ItemId, index, word));
        if (run.SendsAudio)
        {
            run.Emit(Part("response.output_audio.delta", ("delta", Tone.Base64ForOneWord)));
        }

        if (isFirst && run.IsSpoken)
        {
            run.Session.Responses.StartPlayback(run, ItemId, text);
        }
    }

    private JsonObject PartSoFar() => run.IsSpoken
        ? new() { ["type"] = "audio", ["transcript"] = said.ToString() }
        : new() { ["type"] = "text", ["text"] = said.ToString() };

    private JsonObject Part(string type, params (string, JsonNode?)[] rest) => ServerEvents.Part(type, run.Id, ItemId, index, rest);
}
