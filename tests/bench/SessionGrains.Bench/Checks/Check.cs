using SessionGrains.Bench.Loads;
using SessionGrains.Bench.Systems;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Bench.Checks;

/// <summary>Whether a system does the work at all: nothing is timed before it did, and nothing counts unless it always did.</summary>
internal sealed class Check(ISystem system, Lifecycle lifecycle, World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Some lifecycles with a repeated tool call each, beside one session that nobody ends.</summary>
    public async Task Small(int count)
    {
        await lifecycle.Connected(0, Definitions.Short);
        await Task.WhenAll(Enumerable.Range(1, count).Select(async n =>
        {
            var session = await lifecycle.Connected(n, Definitions.Voice);
            await lifecycle.Repeat(session, "call_1", n, await lifecycle.Tool(session, "call_1", n));
            await lifecycle.End(session);
        }));
        if ((await Everything()).AskedAgain is > 0 and var again)
        {
            throw new CheckFailedException([$"{again} tool calls were sent again though their outcome was there"]);
        }
    }

    /// <summary>Everything that was begun so far is over, and was done once.</summary>
    public async Task<Ledgers> Everything()
    {
        var (live, left) = (0, 0L);
        try
        {
            await Eventually.True(
                async () =>
                {
                    (live, left) = ((await world.OpenAI.LiveCalls()).Count, await system.Left());
                    return (live, left) is (0, 0);
                },
                Patience,
                () => "the end of everything");
        }
        catch (TimeoutException)
        {
            throw new CheckFailedException([$"{live} calls and {left} stored sessions were not over after {Patience.TotalSeconds:0} s"]);
        }

        var ledgers = await Ledgers.Read(world);
        return ledgers.Problems(lifecycle.Sessions, lifecycle.ToolCalls) is { Count: > 0 } problems ? throw new CheckFailedException(problems) : ledgers;
    }
}

/// <summary>A system did not do the work.</summary>
internal sealed class CheckFailedException(IEnumerable<string> problems) : Exception(string.Join("; ", problems))
{
    /// <summary>One wrong answer, and nothing counts that was measured beside it.</summary>
    public static void ThrowIfAny(int failed, string? firstFault)
    {
        if (failed > 0)
        {
            throw new CheckFailedException([$"{failed} were not answered as they must be, the first with: {firstFault}"]);
        }
    }
}
