using SessionGrains.Bench.Ratchets;

namespace SessionGrains.Bench.Tests;

/// <summary>When a build costs too much more than the one before.</summary>
public sealed class VerdictTests
{
    [Theory]
    [InlineData(12, true)]
    [InlineData(12.1, false)]
    public void A_fifth_more_CPU_time_is_the_most(double now, bool holds) =>
        Assert.Equal(holds, Verdict.Of([(new(now, 9), new(10, 9))]).Holds);

    [Fact]
    public void One_more_write_is_too_many() =>
        Assert.False(Verdict.Of([(new(10, 10), new(10, 9))]).Holds);

    [Fact]
    public void What_is_written_in_the_background_is_no_write_more() =>
        Assert.True(Verdict.Of([(new(10, 9.2), new(10, 9))]).Holds);

    [Fact]
    public void The_middle_of_the_pairs_counts_so_that_one_odd_turn_decides_nothing() =>
        Assert.Equal(1.1, Verdict.Of([(new(11, 9), new(10, 9)), (new(90, 9), new(10, 9)), (new(22, 9), new(20, 9))]).CpuRatio, 1e-9);

    [Fact]
    public void Of_an_even_number_it_lies_between_the_two() =>
        Assert.Equal(1.5, Verdict.Of([(new(10, 9), new(10, 9)), (new(20, 9), new(10, 9))]).CpuRatio, 1e-9);
}
