using System.Globalization;

namespace SessionGrains.Chaos.Oracle;

/// <summary>Reads the tool backend's ledger file: every request that arrived, and every effect that it had.</summary>
internal static class ToolLedger
{
    public static async Task<History> Read(string file, IReadOnlySet<string> workflows)
    {
        var (requests, effects) = (new List<ToolRequest>(), new List<ToolRequest>());
        await foreach (var line in File.ReadLinesAsync(file))
        {
            if (line.Split(' ') is [var kind, var tool, var workflow, var call, var key, var at] && workflows.Contains(workflow))
            {
                (kind is "effect" ? effects : requests).Add(new(tool, workflow, call, key, DateTimeOffset.Parse(at, CultureInfo.InvariantCulture)));
            }
        }

        return new History { ToolRequests = requests, ToolEffects = effects };
    }
}
