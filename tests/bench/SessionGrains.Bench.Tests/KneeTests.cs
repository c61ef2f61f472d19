using SessionGrains.Bench.Loads;

namespace SessionGrains.Bench.Tests;

/// <summary>Where more callers stop to bring more.</summary>
public sealed class KneeTests
{
    [Fact]
    public void The_climb_goes_on_while_a_doubling_brings_a_twentieth() =>
        Assert.True(Knee.GoesOn(Steps(100, 200, 390, 400, 420)));

    [Fact]
    public void One_doubling_that_brings_nothing_may_be_an_accident() =>
        Assert.True(Knee.GoesOn(Steps(100, 200, 195)));

    [Fact]
    public void The_climb_stops_when_two_doublings_in_a_row_bring_next_to_nothing() =>
        Assert.False(Knee.GoesOn(Steps(100, 200, 300, 400, 500, 505, 508)));

    [Fact]
    public void Few_callers_that_bring_nothing_more_are_no_reason_to_stop() =>
        Assert.True(Knee.GoesOn(Steps(100, 200, 205, 208)));

    [Fact]
    public void The_climb_stops_before_there_are_too_many_callers() =>
        Assert.False(Knee.GoesOn([.. Enumerable.Range(0, 10).Select(step => new Step(1 << step, Math.Pow(2, step)))]));

    [Fact]
    public void The_knee_is_the_fewest_callers_that_are_within_a_twentieth_of_the_best() =>
        Assert.Equal(new Step(2, 200), Knee.Of(Steps(100, 200, 205, 208)));

    private static Step[] Steps(params double[] perSecond) => [.. perSecond.Select((one, n) => new Step(1 << n, one))];
}
