using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace SessionGrains.Product.Tests.Telemetry;

/// <summary>Every instrument that comes up in this process, and what Prometheus calls it.</summary>
internal sealed class Instruments : IDisposable
{
    private static readonly Dictionary<string, string> Units = new() { ["s"] = "seconds", ["ms"] = "milliseconds", ["By"] = "bytes", ["bytes"] = "bytes", ["MB"] = "megabytes" };

    private readonly ConcurrentQueue<Instrument> seen = [];
    private readonly MeterListener listener = new();

    public Instruments()
    {
        listener.InstrumentPublished = (instrument, _) => seen.Enqueue(instrument);
        listener.Start();
    }

    public IReadOnlyList<Instrument> Seen => [.. seen.DistinctBy(instrument => (instrument.Name, instrument.GetType()))];

    public IReadOnlySet<string> PrometheusNames => Seen.SelectMany(PrometheusNamesOf).ToHashSet();

    /// <summary>As the documentation says it.</summary>
    public static string KindOf(Instrument instrument) => Kind(instrument) switch
    {
        "Counter" or "ObservableCounter" => "counter",
        "Histogram" => "histogram",
        _ => "gauge",
    };

    public void Dispose() => listener.Dispose();

    private static IEnumerable<string> PrometheusNamesOf(Instrument instrument)
    {
        var name = string.Concat(instrument.Name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        var unit = Units.GetValueOrDefault(instrument.Unit ?? "");
        name = unit is null || name.EndsWith($"_{unit}", StringComparison.Ordinal) ? name : $"{name}_{unit}";
        return KindOf(instrument) switch
        {
            "counter" => [$"{name}_total"],
            "histogram" => [$"{name}_bucket", $"{name}_sum", $"{name}_count"],
            _ => [name],
        };
    }

    private static string Kind(Instrument instrument) => instrument.GetType().Name.Split('`')[0];
}
