using System.Collections.Concurrent;

namespace SessionGrains.Tools.Mcp;

/// <summary>Pins that last as long as the process.</summary>
internal sealed class MemoryPinStore : IPinStore
{
    private readonly ConcurrentDictionary<string, string> pins = new(StringComparer.Ordinal);

    public ValueTask<string> PinAsync(string key, string hash, CancellationToken cancellationToken) => ValueTask.FromResult(pins.GetOrAdd(key, hash));

    public ValueTask ForgetAsync(string key, CancellationToken cancellationToken)
    {
        pins.TryRemove(key, out _);
        return ValueTask.CompletedTask;
    }
}
