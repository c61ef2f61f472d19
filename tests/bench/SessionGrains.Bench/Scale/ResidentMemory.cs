namespace SessionGrains.Bench.Scale;

/// <summary>The memory of a process as the kernel counts it: what it has touched and not given back, needed or not.</summary>
internal static class ResidentMemory
{
    public static long Of(int process) => Parse(File.ReadLines($"/proc/{process}/smaps_rollup"));

    /// <summary>Bytes for each more of something, from the fewest to the most.</summary>
    public static double Each(IReadOnlyList<(int Count, long Bytes)> looks) =>
        looks is [var fewest, .., var most] ? (most.Bytes - fewest.Bytes) / (double)(most.Count - fewest.Count) : throw new ArgumentException("One look shows no slope.", nameof(looks));

    internal static long Parse(IEnumerable<string> rollup) =>
        long.Parse(rollup.Single(line => line.StartsWith("Rss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], null) * 1024;
}
