using SessionGrains.Bench.Scale;
using SessionGrains.Bench.Systems;

namespace SessionGrains.Bench.Tests;

/// <summary>How figures of scale are made of what was seen.</summary>
public sealed class ScaleTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);
    private static readonly DueTimes Due = new(After: TimeSpan.FromSeconds(180), Within: TimeSpan.FromSeconds(60), Step: TimeSpan.FromSeconds(5));

    [Fact]
    public void The_memory_of_one_more_is_the_slope_from_the_fewest_to_the_most() =>
        Assert.Equal(10_240, ResidentMemory.Each([(1_000, 100_000_000), (10_000, 999_999_999), (50_000, 100_000_000 + (49_000L * 10_240))]));

    [Fact]
    public void One_look_at_memory_shows_no_slope() =>
        Assert.Throws<ArgumentException>(() => ResidentMemory.Each([(1_000, 100_000_000)]));

    [Fact]
    public void Memory_is_what_the_kernel_counts_as_resident() =>
        Assert.Equal(2 * 1024, ResidentMemory.Parse(["55-7f ---p 00000000 00:00 0 [rollup]", "Rss:                   2 kB", "Pss:                   1 kB"]));

    [Fact]
    public void A_lifecycle_does_not_pay_for_what_others_use_anyway() =>
        // 60 s of 10 ms each, shared by 1200 lifecycles, are half a millisecond.
        Assert.Equal(4.5, Cost.Beyond(perLifecycle: 5, alonePerSecond: 10, TimeSpan.FromSeconds(60), done: 1200), 1e-9);

    [Fact]
    public void Whatever_is_started_in_time_is_due_within_the_span_and_a_step_before()
    {
        for (var elapsed = 0.0; elapsed < 175; elapsed += 0.7)
        {
            for (var dice = 0.0; dice < 1; dice += 0.09)
            {
                var due = elapsed + Due.Duration(TimeSpan.FromSeconds(elapsed), dice);

                Assert.True(due > 175 && due <= 240, $"started after {elapsed} s, due after {due} s");
            }
        }
    }

    [Fact]
    public void Every_duration_that_comes_up_has_its_definition()
    {
        var known = Due.Durations.ToHashSet();

        for (var elapsed = 0.0; elapsed < 175; elapsed += 0.7)
        {
            Assert.All([0, 0.5, 0.999], dice => Assert.Contains(Due.Duration(TimeSpan.FromSeconds(elapsed), dice), known));
        }
    }

    [Fact]
    public void What_is_started_too_late_to_be_due_in_time_is_no_measurement() =>
        Assert.Throws<TimeoutException>(() => Due.Duration(TimeSpan.FromSeconds(176), dice: 0));

    [Fact]
    public void Lateness_counts_from_the_deadline()
    {
        var late = Lateness.Of([Session("wf_1"), Session("wf_2")], one => Noon.AddSeconds(one.Id is "wf_1" ? 1 : 3));

        Assert.Null(late.Problem);
        Assert.Equal(2, late.Count);
        Assert.Equal((1, 3), (Math.Round(late.Waits.At(50).TotalSeconds, 2), Math.Round(late.Waits.At(100).TotalSeconds, 2)));
    }

    [Fact]
    public void What_ended_not_at_all_or_before_its_time_is_a_problem() => Assert.Equal(
        "1 of 3 did not end, and 1 ended before their time",
        Lateness.Of([Session("wf_1"), Session("wf_2"), Session("wf_3")], one => one.Id is "wf_1" ? null : Noon.AddSeconds(one.Id is "wf_2" ? -1 : 1)).Problem);

    [Fact]
    public void A_most_that_is_asked_for_takes_the_place_of_the_plans() =>
        Assert.Equal([1_000, 5_000], ScalePlan.Full.UpTo(5_000).Live);

    [Fact]
    public void The_tables_show_what_was_promised_before_what_was_measured() => Assert.Equal(
        """
        | figure | is | must be |
        | --- | ---: | ---: |
        | wait | 1.90 s | ≤ 2 s |

        **A part**

        | what | number |
        | --- | ---: |
        | calls | 10,000 |

        """,
        ScaleTables.Of([(new APart(), new(["what", "number"], [["calls", "10,000"]], [new("wait", "1.90 s", "≤ 2 s")]))]));

    private static Session Session(string id) => new(id, "", "") { ExpiresAt = Noon };

    private sealed class APart : IPart
    {
        public string Name => "A part";

        public Task<PartResult> Measure() => throw new NotSupportedException();
    }
}
