using System.Text.Json.Nodes;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Chaos.Stages;

/// <summary>Follows the emulator's ledger and knows which calls live and whose model waits for a tool: one that waits asks for nothing else.</summary>
internal sealed class OpenQuestions(string ledgerFile)
{
    private readonly Lock gate = new();
    private readonly LedgerTail tail = new(ledgerFile);
    private readonly HashSet<string> over = [];
    private readonly Dictionary<string, string> waiting = [];

    public bool IsOver(string call)
    {
        lock (gate)
        {
            return over.Contains(call);
        }
    }

    public bool IsWaiting(string call)
    {
        lock (gate)
        {
            return waiting.ContainsKey(call);
        }
    }

    /// <summary>Reads what was written since the last time.</summary>
    public void Follow()
    {
        lock (gate)
        {
            foreach (var line in tail.Next())
            {
                Take(JsonNode.Parse(line)!);
            }
        }
    }

    private void Take(JsonNode entry)
    {
        if ((string?)entry["call_id"] is not { } call)
        {
            return;
        }

        switch ((string)entry["kind"]!)
        {
            case "call.ended":
                over.Add(call);
                break;
            case "tool_call.issued":
                waiting[call] = (string)entry["details"]!["tool_call_id"]!;
                break;
            case "event.received" when Answered(entry) == waiting.GetValueOrDefault(call):
                waiting.Remove(call);
                break;
        }
    }

    private static string? Answered(JsonNode entry) => (string?)entry["details"]!["event"]!["item"]?["call_id"];
}
