using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Sessions;

/// <summary>Announces the tools of MCP servers; the emulator contacts none, it lists the names that are allowed.</summary>
internal static class McpToolLists
{
    public static void Announce(RealtimeSession session)
    {
        foreach (var server in session.Configuration["tools"]!.AsArray().Where(t => (string?)t?["type"] == "mcp"))
        {
            var itemId = $"mcpl_{RandomId.Next()}";
            session.Emit(ServerEvents.McpListTools("in_progress", itemId));
            var names = server!["allowed_tools"] as JsonArray ?? server["allowed_tools"]?["tool_names"] as JsonArray ?? [];
            var item = new JsonObject
            {
                ["id"] = itemId,
                ["type"] = "mcp_list_tools",
                ["server_label"] = (string?)server["server_label"],
                ["tools"] = new JsonArray([.. names.Select(n => new JsonObject
                {
                    ["name"] = (string?)n,
                    ["description"] = "",
                    ["input_schema"] = new JsonObject { ["type"] = "object" },
                })]),
            };
            session.Emit(ServerEvents.ItemAdded(item, session.Conversation.Add(item)));
            session.Emit(ServerEvents.ItemDone(item));
            session.Emit(ServerEvents.McpListTools("completed", itemId));
        }
    }
}
