using System.Text.Json.Nodes;
using SessionGrains.Emulator.Scenarios;

namespace SessionGrains.Emulator.Sessions;

/// <summary>Writes one function call of the model.</summary>
internal sealed class FunctionCallWriter(ResponseRun run, FunctionCall call) : IOutputWriter
{
    private readonly string callId = call.CallId ?? $"call_{RandomId.Next(16)}";
    private JsonObject item = [];
    private int index;

    public IEnumerable<int> Write(int paceMs)
    {
        item = Items.FunctionCall(Items.NewId(), call.Name, callId);
        index = run.AddItem(item);
        foreach (var piece in Words.OfArguments(call.ArgumentsText))
        {
            run.Emit(ServerEvents.ArgumentsDelta(run.Id, Conversation.IdOf(item), index, callId, piece));
            yield return paceMs;
        }
    }

    public void End(string status)
    {
        if (status == "completed")
        {
            run.Emit(ServerEvents.ArgumentsDone(run.Id, Conversation.IdOf(item), index, callId, call.Name, call.ArgumentsText));
            item["arguments"] = call.ArgumentsText;
        }

        item["status"] = status;
        run.FinishItem(item, index);
    }
}
