using HdrHistogram;

namespace SessionGrains.Bench.Loads;

/// <summary>How long things took, from the moment at which they were meant to begin.</summary>
internal sealed class Latencies
{
    private const long LongestMicroseconds = 120_000_000;
    private const int Digits = 3;

    private readonly Lock gate = new();
    private readonly LongHistogram microseconds = new(LongestMicroseconds, Digits);

    public void Record(TimeSpan took)
    {
        lock (gate)
        {
            microseconds.RecordValue(Math.Clamp((long)took.TotalMicroseconds, 1, LongestMicroseconds));
        }
    }

    public TimeSpan At(double percentile)
    {
        lock (gate)
        {
            return TimeSpan.FromMicroseconds(microseconds.GetValueAtPercentile(percentile));
        }
    }
}
