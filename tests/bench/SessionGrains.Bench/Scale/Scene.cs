using SessionGrains.Bench.Checks;
using SessionGrains.Bench.Loads;
using SessionGrains.Bench.Measures;
using SessionGrains.Bench.Systems;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Bench.Scale;

/// <summary>Our product in a world of its own, warmed up, with as many live workflows as a part of the run wants.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private const int StartsAtOnce = 16;
    private const int Tenants = 100;

    /// <summary>What is started to be held by a sideband.</summary>
    private const string Held = "held";

    /// <summary>The mode that watches most. In <c>client_secret</c> mode the sideband depends on the browser's secret, which is gone with a silo that dies.</summary>
    private const string Brokered = "brokered";

    /// <summary>OpenAI allows no more, so no workflow lasts longer.</summary>
    private const int Longest = 3540;

    /// <summary>Of what is started to stand without a call: the first reminder depends on it, and reminders must come evenly.</summary>
    private static readonly int[] Standing = [.. Enumerable.Range(0, 10).Select(n => Longest - 30 * n)];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Ground ground;
    private readonly Lifecycle lifecycle;
    private readonly List<Session> live = [];

    private Scene(Ground ground, World world, Ours ours)
    {
        (this.ground, World, Ours) = (ground, world, ours);
        lifecycle = new Lifecycle(ours, world.OpenAI.BaseUrl);
        Calls = new CallTimes(world.ProviderLedger);
    }

    public World World { get; }

    public Ours Ours { get; }

    public CallTimes Calls { get; }

    /// <summary>What was started to stay, in the order in which it was.</summary>
    public IReadOnlyList<Session> Live => live;

    /// <param name="durations">In seconds, of further definitions that are named after them.</param>
    public static async Task<Scene> Open(Ground ground, int silos = 1, params IEnumerable<int> durations)
    {
        var world = await World.Create(ground.Server, ground.Cores);
        Scene? scene = null;
        try
        {
            Recipe[] recipes =
            [
                new(Definitions.Voice, Longest), new(Held, Longest, Brokered), .. Standing.Select(seconds => new Recipe(Stands(seconds), seconds)), .. durations.Select(seconds => new Recipe(Due(seconds), seconds, Brokered)),
            ];
            scene = new Scene(ground, world, await Ours.Start(world, silos, recipes));
            await scene.Ask(ground.Plan.WarmUp, seed: 10);
            return scene;
        }
        catch
        {
            await (scene?.DisposeAsync() ?? world.DisposeAsync());
            throw;
        }
    }

    /// <summary>The definition whose workflows last so long.</summary>
    public static string Due(int seconds) => $"due-{seconds}";

    /// <summary>Starts workflows until there are so many, each of a user of its own.</summary>
    public Task GrowTo(int count, bool withCall) => Start(count - live.Count, withCall, () => withCall ? Held : Stands(Standing[Random.Shared.Next(Standing.Length)]));

    /// <summary>Starts workflows, each of a user of its own, some at once.</summary>
    public async Task Start(int count, bool withCall, Func<string> definition)
    {
        var (begun, first) = (TimeProvider.System.GetTimestamp(), live.Count);
        var started = new Session[count];
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = StartsAtOnce }, async (n, _) =>
        {
            var session = await Ours.Start(Tokens.For($"standing-{first + n}", $"tenant-{(first + n) % Tenants}"), definition());
            started[n] = withCall ? await Ours.Connect(session) : session;
        });
        live.AddRange(started);
        ground.Say($"  {count} more live workflows{(withCall ? " with a call" : "")}, {count / TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0} per second");
    }

    /// <summary>Waits until OpenAI has a sideband in each call that lives.</summary>
    public Task AllAreHeld() => Eventually.True(
        () =>
        {
            Calls.Follow();
            return Task.FromResult(Calls.Held == live.Count(session => session.Call is not null));
        },
        Patience,
        () => $"a sideband in every call; {Calls.Held} have one");

    /// <summary>What a lifecycle costs beside what is live, and what that costs alone.</summary>
    public Task<Cost> Cost(TimeSpan quiet, TimeSpan duration) => Cost(quiet, () => Ask(duration, seed: 20));

    /// <summary>The same of other work.</summary>
    public async Task<Cost> Cost(TimeSpan quiet, Func<Task<OpenLoopResult>> ask)
    {
        await ground.Server.Checkpoint();
        // What was asked for before is still being compiled and cleared away.
        await Task.Delay(ground.Plan.Settling, TimeProvider.System);
        var (then, begun) = (Now(), TimeProvider.System.GetTimestamp());
        await Task.Delay(quiet, TimeProvider.System);
        var alone = Now().Since(then).Select(group => (group.Name, group.Milliseconds / TimeProvider.System.GetElapsedTime(begun).TotalSeconds)).ToList();
        var window = await Window.Of(Ours, ground.Server, ask);
        return Scale.Cost.Of(window, alone);

        ProcessTimes Now() => ProcessTimes.Of(Ours.Processes.Concat(ground.Server.Processes));
    }

    /// <summary>All of it is done and right, or nothing of the scene counts.</summary>
    public static async Task<OpenLoopResult> Ask(Work work, double perSecond, TimeSpan duration, int seed)
    {
        var result = await OpenLoop.Run(work, perSecond, duration, new Random(seed));
        CheckFailedException.ThrowIfAny(result.Failed, result.FirstFault);
        return result;
    }

    /// <summary>Memory of the first silo, once nothing was asked of it for a while.</summary>
    public async Task<long> Memory()
    {
        await Task.Delay(ground.Plan.Settling, TimeProvider.System);
        return ResidentMemory.Of(Ours.Product.Silos[0].Id);
    }

    public async ValueTask DisposeAsync()
    {
        lifecycle.Dispose();
        await Ours.DisposeAsync();
        await World.DisposeAsync();
    }

    private static string Stands(int seconds) => $"standing-{seconds}";

    /// <summary>Lifecycles, as many as the plan says.</summary>
    private Task<OpenLoopResult> Ask(TimeSpan duration, int seed) => Ask(lifecycle.Whole, ground.Plan.PerSecond, duration, seed);
}
