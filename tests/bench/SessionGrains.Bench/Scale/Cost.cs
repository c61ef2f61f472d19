using SessionGrains.Bench.Measures;

namespace SessionGrains.Bench.Scale;

/// <summary>What a lifecycle costs beside others that live, without what those cost when nobody asks for anything.</summary>
/// <param name="Alone">CPU-milliseconds per second while nobody asked, by process.</param>
/// <param name="PerLifecycle">CPU-milliseconds beyond that, by process.</param>
internal sealed record Cost(
    TimeSpan Median, TimeSpan P99, IReadOnlyList<(string Name, double Milliseconds)> Alone, IReadOnlyList<(string Name, double Milliseconds)> PerLifecycle)
{
    public double PerLifecycleInAll => PerLifecycle.Sum(one => one.Milliseconds);

    public string AloneText => ProcessTimes.Text(Alone);

    public string PerLifecycleText => ProcessTimes.Text(PerLifecycle);

    public static Cost Of(Window window, IReadOnlyList<(string Name, double Milliseconds)> alone)
    {
        var result = window.Result;
        var perSecond = alone.ToDictionary(one => one.Name, one => one.Milliseconds);
        return new(
            result.Latencies.At(50),
            result.Latencies.At(99),
            alone,
            [.. window.Cpu.Select(one => (one.Name, Beyond(one.Milliseconds, perSecond.GetValueOrDefault(one.Name), result.Took, result.Done)))]);
    }

    /// <summary>A lifecycle's share without its share of what would have been used anyway.</summary>
    internal static double Beyond(double perLifecycle, double alonePerSecond, TimeSpan took, int done) =>
        perLifecycle - (alonePerSecond * took.TotalSeconds / Math.Max(done, 1));
}
