using SessionGrains.Bench.Checks;
using SessionGrains.Bench.Loads;
using SessionGrains.Bench.Measures;
using SessionGrains.Bench.Systems;

namespace SessionGrains.Bench.Ratchets;

/// <summary>One build of our product in a world of its own.</summary>
internal sealed class Contender : IAsyncDisposable
{
    private const int WarmUpCallers = 8;
    private const int Checked = 16;

    /// <summary>Few enough that no lifecycle waits for another one, also on a slow machine.</summary>
    private const double PerSecond = 15;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan OneTurn = TimeSpan.FromSeconds(4);

    private readonly DatabaseServer server;
    private readonly World world;
    private readonly ISystem system;
    private readonly Lifecycle lifecycle;
    private readonly Check check;

    private Contender(DatabaseServer server, World world, ISystem system)
    {
        (this.server, this.world, this.system) = (server, world, system);
        lifecycle = new Lifecycle(system, world.OpenAI.BaseUrl);
        check = new Check(system, lifecycle, world);
    }

    /// <param name="build">The folder <c>artifacts/bin</c> of its build; this one unless given.</param>
    public static async Task<Contender> Start(DatabaseServer server, Cores cores, string? build)
    {
        var world = await World.Create(server, cores);
        try
        {
            return new(server, world, await Ours.Start(world, build));
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>Until the runtime has compiled what is used often.</summary>
    public async Task Begin()
    {
        await check.Small(Checked);
        var loop = new ClosedLoop(lifecycle.Whole, world.Cores);
        await loop.Run(WarmUpCallers, WarmUp);
        CheckFailedException.ThrowIfAny(loop.Failed, loop.FirstFault);
    }

    /// <param name="seed">The same moments for the same one.</param>
    public async Task<Turn> Take(int seed)
    {
        var window = await Window.Of(system, server, () => OpenLoop.Run(lifecycle.Whole, PerSecond, OneTurn, new Random(seed)));
        CheckFailedException.ThrowIfAny(window.Result.Failed, window.Result.FirstFault);
        return new(window.Cpu.Sum(group => group.Milliseconds), window.Commits);
    }

    /// <summary>Nothing counts unless everything was done, and once.</summary>
    public Task End() => check.Everything();

    public async ValueTask DisposeAsync()
    {
        lifecycle.Dispose();
        await system.DisposeAsync();
        await world.DisposeAsync();
    }
}
