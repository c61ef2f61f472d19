using SessionGrains.Bench.Checks;

namespace SessionGrains.Bench.Tests;

/// <summary>What a system must not get away with before it is timed.</summary>
public sealed class LedgersTests
{
    private const string Minted = """{"seq":1,"kind":"client_secret.created","call_id":null,"status":200}""";
    private const string Created = """{"seq":2,"kind":"call.created","call_id":"rtc_1","status":201}""";
    private const string HungUp = """{"seq":3,"kind":"call.hangup","call_id":"rtc_1","status":200}""";
    private const string Refused = """{"seq":4,"kind":"call.hangup","call_id":"rtc_1","status":500}""";
    private const string Received = "received keyed_it wf_1 call_1 key 2026-01-01";
    private const string Effect = "effect keyed_it wf_1 call_1 key 2026-01-01";

    [Fact]
    public void A_lifecycle_that_was_done_once_has_no_problem() =>
        Assert.Empty(Of([Minted, Created, HungUp], [Received, Effect]));

    [Fact]
    public void A_call_that_nobody_hung_up_is_a_problem() =>
        Assert.Equal("1 calls were not hung up", Assert.Single(Of([Minted, Created, Refused], [Effect])));

    [Fact]
    public void A_call_that_was_hung_up_twice_is_a_problem() =>
        Assert.Equal("1 calls were hung up more than once", Assert.Single(Of([Minted, Created, HungUp, HungUp], [Effect])));

    [Fact]
    public void A_tool_call_without_an_effect_is_a_problem() =>
        Assert.Equal("0 tool calls had an effect, and 1 were answered", Assert.Single(Of([Minted, Created, HungUp], [])));

    [Fact]
    public void A_tool_call_with_two_effects_is_a_problem() =>
        Assert.Equal("1 tool calls had their effect more than once", Assert.Single(Of([Minted, Created, HungUp], [Effect, Effect])));

    [Fact]
    public void A_second_secret_for_one_session_is_a_problem() =>
        Assert.Equal("2 secrets were minted for 1 sessions", Assert.Single(Of([Minted, Minted, Created, HungUp], [Effect])));

    [Fact]
    public void A_tool_call_that_was_asked_for_again_is_counted()
    {
        var ledgers = new Ledgers();
        ledgers.AddTool(Received);
        Assert.Equal(0, ledgers.AskedAgain);
        ledgers.AddTool(Effect);
        ledgers.AddTool(Received);

        Assert.Equal(1, ledgers.AskedAgain);
    }

    private static IReadOnlyList<string> Of(string[] provider, string[] tools)
    {
        var ledgers = new Ledgers();
        Array.ForEach(provider, ledgers.AddProvider);
        Array.ForEach(tools, ledgers.AddTool);
        return ledgers.Problems(sessions: 1, toolCalls: 1);
    }
}
