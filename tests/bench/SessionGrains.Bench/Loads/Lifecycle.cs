using SessionGrains.Bench.Systems;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Bench.Loads;

/// <summary>The work that every system does: start, a call, one tool call, the end. The generator is the user's browser in it.</summary>
internal sealed class Lifecycle(ISystem system, Uri openAI) : IDisposable
{
    private const int Users = 1000;
    private const int Tenants = 100;

    private static readonly string[] Bearers =
        [.. Enumerable.Range(0, Users).Select(user => Tokens.For($"user-{user}", $"tenant-{user % Tenants}"))];

    private readonly Wire provider = new(openAI);
    private int sessions;
    private int toolCalls;

    /// <summary>How many sessions were started and got a call.</summary>
    public int Sessions => sessions;

    /// <summary>How many different tool calls were answered.</summary>
    public int ToolCalls => toolCalls;

    public async Task Whole(int n)
    {
        var session = await Connected(n, Definitions.Voice);
        await Tool(session, "call_1", n);
        await system.End(session);
    }

    /// <summary>A session with a call.</summary>
    public async Task<Session> Connected(int n, string definition)
    {
        var session = await system.Start(Bearers[n % Users], definition);
        await system.Call(session, await provider.Offer("realtime/calls", session.Secret, Browser.Offer));
        Interlocked.Increment(ref sessions);
        return session;
    }

    /// <summary>One tool call, whose output must be that of its own effect.</summary>
    public async Task<string> Tool(Session session, string call, int n)
    {
        var output = await system.Tool(session, call, n);
        if (!output.Contains($"\"{call}\"", StringComparison.Ordinal))
        {
            throw new WrongAnswerException($"{call} answered {output}");
        }

        Interlocked.Increment(ref toolCalls);
        return output;
    }

    /// <summary>The same tool call again, as after an answer that was lost: it must be answered as before.</summary>
    public async Task Repeat(Session session, string call, int n, string before)
    {
        if (await system.Tool(session, call, n) is var again && again != before)
        {
            throw new WrongAnswerException($"{call} was answered {before}, and then {again}");
        }
    }

    public Task End(Session session) => system.End(session);

    public void Dispose() => provider.Dispose();
}
