using System.Text.Json;
using SessionGrains.Bench.Systems;

namespace SessionGrains.Bench.Checks;

/// <summary>What OpenAI and the tools say has happened, whatever a system answered.</summary>
internal sealed class Ledgers
{
    private readonly HashSet<string> calls = [];
    private readonly Dictionary<string, int> hangUps = [];
    private readonly Dictionary<string, int> requests = [];
    private readonly Dictionary<string, int> effects = [];
    private int mints;

    /// <summary>How many tool calls the tools were asked more than once. Right where an answer did not come, and wrong where one was recorded.</summary>
    public int AskedAgain => requests.Values.Count(times => times > 1);

    /// <summary>Reads both files, which others may be writing.</summary>
    public static async Task<Ledgers> Read(World world)
    {
        var ledgers = new Ledgers();
        await foreach (var line in Lines(world.ProviderLedger))
        {
            ledgers.AddProvider(line);
        }

        await foreach (var line in Lines(world.ToolLedger))
        {
            ledgers.AddTool(line);
        }

        return ledgers;
    }

    /// <summary>What is not as it must be when so many sessions were started and ended, and so many different tool calls made in them; empty if all is.</summary>
    public IReadOnlyList<string> Problems(int sessions, int toolCalls)
    {
        var problems = new List<string>();
        Expect(mints == sessions, $"{mints} secrets were minted for {sessions} sessions");
        Expect(calls.Count == sessions, $"{calls.Count} calls were created for {sessions} sessions");
        Expect(calls.All(hangUps.ContainsKey), $"{calls.Count(call => !hangUps.ContainsKey(call))} calls were not hung up");
        Expect(hangUps.Values.All(times => times is 1), $"{hangUps.Values.Count(times => times > 1)} calls were hung up more than once");
        Expect(effects.Count == toolCalls, $"{effects.Count} tool calls had an effect, and {toolCalls} were answered");
        Expect(effects.Values.All(times => times is 1), $"{effects.Values.Count(times => times > 1)} tool calls had their effect more than once");
        return problems;

        void Expect(bool isSo, string otherwise)
        {
            if (!isSo)
            {
                problems.Add(otherwise);
            }
        }
    }

    internal void AddProvider(string line)
    {
        // Most lines are events of sidebands; what is not needed is not parsed.
        if (!line.EndsWith('}') || !(line.Contains("\"call.created\"", StringComparison.Ordinal) || line.Contains("\"call.hangup\"", StringComparison.Ordinal) || line.Contains("\"client_secret.created\"", StringComparison.Ordinal)))
        {
            return;
        }

        using var entry = JsonDocument.Parse(line);
        var root = entry.RootElement;
        switch (root.GetProperty("kind").GetString())
        {
            case "client_secret.created":
                mints++;
                break;
            case "call.created":
                calls.Add(root.GetProperty("call_id").GetString()!);
                break;
            case "call.hangup" when root.GetProperty("status").GetInt32() is 200:
                Count(hangUps, root.GetProperty("call_id").GetString()!);
                break;
            default:
                break;
        }
    }

    internal void AddTool(string line)
    {
        if (line.Split(' ') is [var kind, _, var session, var call, _, _])
        {
            Count(kind is "effect" ? effects : requests, $"{session}/{call}");
        }
    }

    private static void Count(Dictionary<string, int> counts, string of) => counts[of] = counts.GetValueOrDefault(of) + 1;

    private static async IAsyncEnumerable<string> Lines(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync() is { } line)
        {
            yield return line;
        }
    }
}
