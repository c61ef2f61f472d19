namespace SessionGrains.Bench.Loads;

/// <summary>When requests are sent that know nothing of each other, as those of many users.</summary>
internal static class PoissonArrivals
{
    /// <summary>The moments, counted from the beginning.</summary>
    public static IEnumerable<TimeSpan> Within(TimeSpan duration, double perSecond, Random random)
    {
        for (var at = Gap(); at < duration.TotalSeconds; at += Gap())
        {
            yield return TimeSpan.FromSeconds(at);
        }

        double Gap() => -Math.Log(1 - random.NextDouble()) / perSecond;
    }
}
