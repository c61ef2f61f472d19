using System.Text.Json.Nodes;
using SessionGrains.Emulator.Scenarios;

namespace SessionGrains.Emulator.Sessions;

/// <summary>Writes one call that OpenAI makes to an MCP server, or its request for approval.</summary>
internal sealed class McpCallWriter(ResponseRun run, McpCall call) : IOutputWriter
{
    private JsonObject item = [];
    private int index;

    private string Arguments => call.Arguments.ToJsonString();

    public IEnumerable<int> Write(int paceMs)
    {
        item = new JsonObject
        {
            ["id"] = $"{(call.NeedsApproval ? "mcpr" : "mcp")}_{RandomId.Next()}",
            ["type"] = call.NeedsApproval ? "mcp_approval_request" : "mcp_call",
            ["server_label"] = call.ServerLabel,
            ["name"] = call.Name,
            ["arguments"] = call.NeedsApproval ? Arguments : "",
        };
        if (!call.NeedsApproval)
        {
            item["approval_request_id"] = null;
            item["output"] = null;
            item["error"] = null;
        }

        index = run.AddItem(item);
        var itemId = Conversation.IdOf(item);
        if (call.NeedsApproval)
        {
            yield break;
        }

        foreach (var piece in Words.OfArguments(Arguments))
        {
            run.Emit(ServerEvents.McpArgumentsDelta(run.Id, itemId, index, piece));
            yield return paceMs;
        }

        item["arguments"] = Arguments;
        run.Emit(ServerEvents.McpArgumentsDone(run.Id, itemId, index, Arguments));
        run.Emit(ServerEvents.McpCall("in_progress", itemId, index));
        yield return paceMs;
        run.Emit(ServerEvents.McpCall(call.Error is null ? "completed" : "failed", itemId, index));
        item["output"] = call.Error is null ? call.Output ?? "" : null;
        item["error"] = call.Error?.DeepClone();
    }

    public void End(string status) => run.FinishItem(item, index);
}
