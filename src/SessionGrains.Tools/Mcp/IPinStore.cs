namespace SessionGrains.Tools.Mcp;

/// <summary>Remembers what each MCP tool said of itself when it was first seen.</summary>
public interface IPinStore
{
    /// <summary>What a broken pin holds: it equals no hash.</summary>
    public const string Broken = "broken";

    /// <summary>Keeps the hash when none is kept under this key yet; gives back the one that is kept.</summary>
    ValueTask<string> PinAsync(string key, string hash, CancellationToken cancellationToken);

    /// <summary>Breaks a pin, so that no hash equals it any more; answers whether this was the one who broke it.</summary>
    ValueTask<bool> BreakAsync(string key, CancellationToken cancellationToken);
}
