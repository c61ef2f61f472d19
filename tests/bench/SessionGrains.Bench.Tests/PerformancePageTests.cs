using SessionGrains.Bench.Results;

namespace SessionGrains.Bench.Tests;

/// <summary>The page with the figures.</summary>
public sealed class PerformancePageTests
{
    private static readonly string Page = File.ReadAllText(PerformancePage.File);

    [Fact]
    public void New_figures_take_the_place_of_old_ones_and_of_nothing_else()
    {
        var first = PerformancePage.With(Page, Place.Comparison, "one");
        var second = PerformancePage.With(first, Place.Comparison, "two");

        Assert.Contains("\n\none\n\n", first, StringComparison.Ordinal);
        Assert.Equal(first.Replace("\n\none\n\n", "\n\ntwo\n\n", StringComparison.Ordinal), second);
    }

    [Fact]
    public void Figures_of_a_comparison_and_figures_of_scale_stand_beside_each_other_whichever_came_first()
    {
        var comparedFirst = PerformancePage.With(PerformancePage.With(Page, Place.Comparison, "compared"), Place.Scale, "at scale");

        Assert.Contains("\n\ncompared\n\n", comparedFirst, StringComparison.Ordinal);
        Assert.Contains("\n\nat scale\n\n", comparedFirst, StringComparison.Ordinal);
        Assert.Equal(comparedFirst, PerformancePage.With(PerformancePage.With(Page, Place.Scale, "at scale"), Place.Comparison, "compared"));
    }
}
