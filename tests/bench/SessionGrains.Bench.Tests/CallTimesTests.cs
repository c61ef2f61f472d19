using SessionGrains.Bench.Scale;

namespace SessionGrains.Bench.Tests;

/// <summary>What the emulator's ledger says of calls and their sidebands.</summary>
public sealed class CallTimesTests
{
    private static readonly DateTimeOffset Kill = new(2026, 11, 28, 12, 0, 10, TimeSpan.Zero);

    [Fact]
    public void A_call_is_held_from_its_sideband_until_that_goes_or_the_call_ends()
    {
        var calls = Of(Line(1, "sideband.attached", "rtc_1"), Line(1, "sideband.attached", "rtc_2"), Line(1, "sideband.attached", "rtc_3"));
        Assert.Equal(3, calls.Held);

        calls.Add(Line(2, "sideband.detached", "rtc_1"));
        calls.Add(Line(2, "call.ended", "rtc_2"));
        Assert.Equal(1, calls.Held);
    }

    [Fact]
    public void A_call_that_lost_its_silo_waits_from_the_kill_to_its_next_sideband()
    {
        var calls = Of(
            Line(1, "sideband.attached", "rtc_1"), Line(2, "sideband.detached", "rtc_1"), Line(3, "sideband.attached", "rtc_1"),
            Line(4, "sideband.attached", "rtc_untouched"),
            Line(10.1, "sideband.detached", "rtc_1"), Line(21.5, "sideband.attached", "rtc_1"));

        Assert.Equal([TimeSpan.FromSeconds(11.5)], calls.HeldAgain(Kill));
    }

    [Fact]
    public void A_call_without_a_sideband_since_the_kill_is_still_waiting() =>
        Assert.Equal([null], Of(Line(1, "sideband.attached", "rtc_1"), Line(10.1, "sideband.detached", "rtc_1")).HeldAgain(Kill));

    [Fact]
    public void A_call_that_is_over_waits_for_nothing() =>
        Assert.Empty(Of(Line(1, "sideband.attached", "rtc_1"), Line(10.1, "sideband.detached", "rtc_1"), Line(12, "call.ended", "rtc_1")).HeldAgain(Kill));

    [Fact]
    public void The_first_hang_up_that_is_accepted_counts() =>
        Assert.Equal(Kill, Of(Line(9, "call.hangup", "rtc_1", 500), Line(10, "call.hangup", "rtc_1", 200), Line(11, "call.hangup", "rtc_1", 200)).HungUp["rtc_1"]);

    private static CallTimes Of(params string[] lines)
    {
        var calls = new CallTimes("");
        Array.ForEach(lines, calls.Add);
        return calls;
    }

    private static string Line(double second, string kind, string call, int? status = null) =>
        $$"""{"seq":1,"at":"{{Kill.AddSeconds(second - 10):yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}","kind":"{{kind}}","call_id":"{{call}}","status":{{status?.ToString() ?? "null"}}}""";
}
