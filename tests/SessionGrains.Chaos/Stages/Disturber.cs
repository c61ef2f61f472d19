using System.Diagnostics;
using SessionGrains.Chaos.Oracle;
using SessionGrains.Chaos.Scenarios;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Chaos.Stages;

/// <summary>Breaks things on a stage, and mends them.</summary>
internal sealed class Disturber(Stage stage, Random random)
{
    private ClusterProduct Product => stage.Product;

    /// <summary>Breaks one thing; returns when it is mended, with the time that it was broken.</summary>
    public async Task<Trouble> Do(Fault fault)
    {
        var from = TimeProvider.System.GetUtcNow();
        await Break(fault);
        return new(fault.Title, from, TimeProvider.System.GetUtcNow());
    }

    private Task Break(Fault fault) => fault switch
    {
        Fault.KillSilo => KillSilo(),
        Fault.KillAllSilos => KillAllSilos(),
        Fault.FreezeSilo frozen => FreezeSilo(frozen.Seconds),
        Fault.RollingRestart rolling => ReplaceAll(rolling.Gently),
        Fault.ChangeVersion change => ChangeVersion(change.Build),
        Fault.KillApi killed => KillApi(killed.Seconds),
        Fault.CrashDatabase crash => During(crash.Seconds, () => stage.Postgres.CrashAsync(), () => stage.Postgres.StartAsync()),
        Fault.FreezeDatabase frozen => During(frozen.Seconds, () => stage.Postgres.FreezeAsync(), () => stage.Postgres.ThawAsync()),
        Fault.SlowDatabase slow => During(slow.Seconds, () => Slow(slow.Milliseconds), () => Slow(0)),
        Fault.FillDisk full => During(full.Seconds, () => stage.Disk!.Fill(), FreeDisk),
        Fault.Provider provider => During(provider.Seconds, () => Misbehave(provider.Faults), () => stage.OpenAI.Heal()),
        Fault.HangTools hang => During(hang.Seconds, () => stage.Tools.Delay(TimeSpan.FromHours(1), TimeSpan.FromHours(1)), () => stage.Tools.Delay(TimeSpan.Zero, TimeSpan.Zero)),
        Fault.CutOffSilo cut => CutOff(cut.Seconds),
        _ => throw new UnreachableException($"Nobody knows how to do {fault}."),
    };

    private async Task KillSilo()
    {
        await Take().KillAsync();
        await stage.AddSilo();
    }

    private async Task KillAllSilos()
    {
        await Task.WhenAll(Product.Silos.Select(silo => silo.KillAsync()));
        Product.Silos.Clear();
        await stage.Heal();
    }

    private async Task FreezeSilo(double seconds)
    {
        var zombie = Take();
        await zombie.FreezeAsync();
        await Pause(seconds);
        await zombie.ThawAsync();
        await stage.AddSilo();
    }

    private async Task ReplaceAll(bool gently)
    {
        foreach (var old in Product.Silos.ToList())
        {
            await stage.AddSilo();
            Product.Silos.Remove(old);
            await (gently ? old.TerminateAsync() : old.KillAsync());
        }
    }

    private async Task ChangeVersion(string build)
    {
        Product.SiloBuild = build;
        await ReplaceAll(gently: true);
        Product.SiloBuild = null;
        await ReplaceAll(gently: true);
    }

    private async Task KillApi(double seconds)
    {
        await Product.Api.KillAsync();
        await Pause(seconds);
        await Product.RestartApi();
    }

    private async Task CutOff(double seconds)
    {
        var silo = Take();
        var number = stage.NumberOf(silo);
        await stage.Network!.Cut(number);
        await Pause(seconds);
        await stage.Network.Mend(number);
        await stage.AddSilo();
    }

    private Task Slow(int milliseconds)
    {
        stage.DatabaseProxy!.Delay = TimeSpan.FromMilliseconds(milliseconds);
        return Task.CompletedTask;
    }

    private async Task FreeDisk()
    {
        stage.Disk!.Free();
        // A server that found no room for its log may be gone, as an operator would find it.
        await stage.Postgres.StartAsync();
    }

    private async Task Misbehave(IEnumerable<string> faults)
    {
        foreach (var fault in faults)
        {
            await stage.OpenAI.Fault(fault);
        }
    }

    private HostProcess Take()
    {
        var first = Product.Silos.FindIndex(one => !stage.IsSpared(one));
        var silo = Product.Silos[random.Next(first, Product.Silos.Count)];
        Product.Silos.Remove(silo);
        return silo;
    }

    private static async Task During(double seconds, Func<Task> begin, Func<Task> end)
    {
        await begin();
        await Pause(seconds);
        await end();
    }

    private static Task Pause(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
}
