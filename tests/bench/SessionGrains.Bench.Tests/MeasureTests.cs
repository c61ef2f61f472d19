using SessionGrains.Bench.Measures;

namespace SessionGrains.Bench.Tests;

/// <summary>How the kernel's figures are read.</summary>
public sealed class MeasureTests
{
    [Fact]
    public void A_process_counts_with_its_own_time_and_that_of_children_that_are_gone() =>
        Assert.Equal(10 + 20 + 3 + 4, ProcessTimes.Parse("42 (a (strange) name) S 1 42 42 0 -1 0 5 6 7 8 10 20 3 4 20 0 1 0"));

    [Fact]
    public void A_core_is_busy_unless_it_is_idle_or_waits_for_the_disk()
    {
        string[] then = ["cpu  900 900 900 900 900 0 0 0 0 0", "cpu0 10 0 10 60 20 0 0 0 5 0", "cpu1 1 1 1 1 1 1 1 1 1 1"];
        string[] now = ["cpu  999 999 999 999 999 0 0 0 0 0", "cpu0 30 0 20 120 30 0 0 0 9 0", "cpu1 9 9 9 9 9 9 9 9 9 9"];

        Assert.Equal(0.3, CoreTime.Of(now, Cores.Numbers("0")).BusySince(CoreTime.Of(then, Cores.Numbers("0"))), 1e-9);
    }

    [Fact]
    public void A_list_of_cores_is_read_as_taskset_reads_it() =>
        Assert.Equal([0, 2, 3, 5], Cores.Numbers("0,2-3,5").Order());
}
