using SessionGrains.Bench.Loads;

namespace SessionGrains.Bench.Tests;

/// <summary>The moments at which an open loop sends.</summary>
public sealed class PoissonArrivalsTests
{
    private static readonly TimeSpan[] Arrivals = [.. PoissonArrivals.Within(TimeSpan.FromSeconds(1000), 100, new Random(1))];

    [Fact]
    public void The_dice_decide_and_the_same_dice_decide_the_same() =>
        Assert.Equal(Arrivals, PoissonArrivals.Within(TimeSpan.FromSeconds(1000), 100, new Random(1)));

    [Fact]
    public void Arrivals_are_in_order_and_within_the_time()
    {
        Assert.Equal(Arrivals.Order(), Arrivals);
        Assert.True(Arrivals[^1] < TimeSpan.FromSeconds(1000));
    }

    [Fact]
    public void There_are_as_many_as_the_rate_says() =>
        // Four standard deviations of a Poisson count of 100,000.
        Assert.InRange(Arrivals.Length, 100_000 - 1265, 100_000 + 1265);

    [Fact]
    public void Gaps_are_exponential_so_that_the_past_says_nothing_of_the_next()
    {
        var gaps = Arrivals.Zip(Arrivals.Skip(1), (one, next) => (next - one).TotalSeconds).ToArray();

        // Of an exponential gap, 1 - 1/e is shorter than its mean: a steady beat would have half, and a bunch nearly all.
        Assert.Equal(1 - (1 / Math.E), gaps.Count(gap => gap < 0.01) / (double)gaps.Length, 0.01);
    }
}
