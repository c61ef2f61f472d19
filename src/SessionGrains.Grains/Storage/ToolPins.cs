using System.Data.Common;
using SessionGrains.Tools.Mcp;

namespace SessionGrains.Grains.Storage;

/// <summary>What MCP tools said of themselves when they were first seen: one truth for all silos, and for those that come later.</summary>
internal sealed class ToolPins(DbDataSource database) : IPinStore
{
    public async ValueTask<string> PinAsync(string key, string hash, CancellationToken cancellationToken)
    {
        // Pins are read at every call and written once.
        if (await Find(key, cancellationToken) is { } pinned)
        {
            return pinned;
        }

        await database.Execute(
            "INSERT INTO tool_pin (key, hash) VALUES (@key, @hash) ON CONFLICT (key) DO NOTHING", [("key", key), ("hash", hash)], cancellationToken);
        return (await Find(key, cancellationToken))!;
    }

    public async ValueTask<bool> BreakAsync(string key, CancellationToken cancellationToken) =>
        await database.Execute(
            """
            INSERT INTO tool_pin (key, hash) VALUES (@key, @broken)
            ON CONFLICT (key) DO UPDATE SET hash = excluded.hash WHERE tool_pin.hash <> excluded.hash
            """,
            [("key", key), ("broken", IPinStore.Broken)],
            cancellationToken) > 0;

    private async Task<string?> Find(string key, CancellationToken cancellationToken) => (await database.Query(
        "SELECT hash FROM tool_pin WHERE key = @key", [("key", key)], row => row.GetString(0), cancellationToken)).SingleOrDefault();
}
