using System.Collections.Concurrent;

namespace SessionGrains.Tools.Mcp;

/// <summary>Pins that last as long as the process.</summary>
internal sealed class MemoryPinStore : IPinStore
{
    private readonly ConcurrentDictionary<string, string> pins = new(StringComparer.Ordinal);

    public ValueTask<string> PinAsync(string key, string hash, CancellationToken cancellationToken) => ValueTask.FromResult(pins.GetOrAdd(key, hash));

    public ValueTask<bool> BreakAsync(string key, CancellationToken cancellationToken)
    {
        var isBroken = false;
        pins.AddOrUpdate(
            key,
            _ => IPinStore.Broken,
            (_, pinned) =>
            {
                isBroken = pinned == IPinStore.Broken;
                return IPinStore.Broken;
            });
        return ValueTask.FromResult(!isBroken);
    }
}
