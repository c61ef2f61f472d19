using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using SessionGrains.Chaos.Oracle;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Chaos.Loads;

/// <summary>Calls that stand when things begin to break, whose models ask for tools all the while, and that end by their deadlines.</summary>
/// <param name="Lives">How long they last, in seconds, in turn.</param>
internal sealed record Crowd(Size Calls, params int[] Lives) : Load
{
    private const int AtOnce = 16;
    private const int Users = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly ConcurrentBag<(Caller Caller, JsonNode Started)> pages = [];

    /// <summary>How often a model asks for a tool, over all calls.</summary>
    public double ToolsPerSecond { get; init; }

    /// <summary>How long a tool takes at most, in milliseconds.</summary>
    public int ToolTime { get; init; }

    /// <summary>Starts that others make meanwhile; such a workflow is connected and soon ended by its user.</summary>
    public double StartsPerSecond { get; init; }

    /// <summary>How often each page says that it is there, in seconds; 0 for never.</summary>
    public int Heartbeat { get; init; }

    /// <summary>All of them are due in the same second.</summary>
    public bool AllAtOnce { get; init; }

    public override IEnumerable<Recipe> Recipes(string scenario) =>
        Durations().Select(life => new Recipe($"{scenario}-{life}", life) { Heartbeat = Heartbeat }).Append(new Recipe($"{scenario}-brief", 15));

    public override async Task Prepare(Run run)
    {
        pages.Clear();
        await run.Stage.Tools.Delay(TimeSpan.Zero, TimeSpan.FromMilliseconds(ToolTime));
        var callers = Enumerable.Range(0, Users).Select(user => run.Caller($"u{user}")).ToList();
        var due = TimeProvider.System.GetUtcNow().AddSeconds(Lives[^1] - 1);
        await Parallel.ForEachAsync(Enumerable.Range(0, run.Of(Calls)), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (n, _) =>
        {
            var life = AllAtOnce ? Math.Max(Durations().First(), (int)(due - TimeProvider.System.GetUtcNow()).TotalSeconds) : Lives[n % Lives.Length];
            var tag = run.Tag();
            if (await callers[n % Users].Start($"{run.Scenario}-{life}", tag) is not { } started || await callers[n % Users].Connect(started, tag) is not { } call)
            {
                throw new InvalidOperationException($"Nothing is broken yet, and call {n} could not be made: {run.Replies[^1]}");
            }

            run.Add(call);
            pages.Add((callers[n % Users], started));
        });
        await Eventually.True(
            async () => (await ProviderLedger.Read(run.Stage.ProviderLedgerFile, run.Prefix)).Calls.All(call => call.Sidebands.Count > 0),
            TimeSpan.FromSeconds(30),
            () => "every call has its sideband");
    }

    public override async Task Work(Run run)
    {
        using var over = new CancellationTokenSource();
        var talking = Doings.Every(ToolsPerSecond, () => Doings.Talk(run), over.Token);
        var beating = Doings.Every(Heartbeat is 0 ? 0 : 1.0 / Heartbeat, () => Task.WhenAll(pages.Select(page => page.Caller.Beat(page.Started))), over.Token);
        var starting = Doings.Every(StartsPerSecond, () => Doings.ComeAndGo(run, $"{run.Scenario}-brief"), over.Token);
        await run.Faults;
        var mended = TimeProvider.System.GetUtcNow();
        // Whoever looks on sees a start succeed when all is mended, and the end of the last call; the oracle says what it thinks if they do not come.
        await Quietly(() => Eventually.True(
            () => Task.FromResult(!run.AnyLive() && (StartsPerSecond is 0 || run.Replies.Any(reply => reply is { Ask: Ask.Start, IsYes: true } && reply.AskedAt > mended))),
            Patience,
            () => "the end of every call"));
        await over.CancelAsync();
        await Task.WhenAll(talking, beating, starting);
    }

    private IEnumerable<int> Durations() => AllAtOnce ? Enumerable.Range(10, Math.Max(Lives[^1] - 9, 1)) : Lives;

    private static async Task Quietly(Func<Task> wait)
    {
        try
        {
            await wait();
        }
        catch (TimeoutException)
        {
        }
    }
}
