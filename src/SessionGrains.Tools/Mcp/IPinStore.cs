namespace SessionGrains.Tools.Mcp;

/// <summary>Remembers what each MCP tool said of itself when it was first seen.</summary>
public interface IPinStore
{
    /// <summary>Keeps the hash when none is kept under this key yet; gives back the one that is kept.</summary>
    ValueTask<string> PinAsync(string key, string hash, CancellationToken cancellationToken);

    /// <summary>Forgets a pin, so that the tool is taken as it is next time.</summary>
    ValueTask ForgetAsync(string key, CancellationToken cancellationToken);
}
