using SessionGrains.Bench.Systems;

namespace SessionGrains.Bench.Loads;

/// <summary>Tool calls alone, spread over sessions that stand.</summary>
internal sealed class ToolLoad(Lifecycle lifecycle)
{
    private const int Count = 128;
    private const int AtOnce = 8;

    private readonly Session[] sessions = new Session[Count];

    public Task Begin() => Parallel.ForEachAsync(
        Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (n, _) => sessions[n] = await lifecycle.Connected(n, Definitions.Voice));

    public Task Ask(int n) => lifecycle.Tool(sessions[n % Count], $"call_{n}", n);

    public Task End() => Parallel.ForEachAsync(sessions, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (session, _) => await lifecycle.End(session));
}
