using System.Diagnostics;
using SessionGrains.OpenAI.Sideband;
using Xunit;

namespace SessionGrains.OpenAI.Tests.Sideband;

/// <summary>What many sidebands cost us, with the emulator in a process of its own.</summary>
public sealed class LoadTests(ITestOutputHelper output)
{
    private const int Sidebands = 200;
    private const int EventsPerSecond = 10;
    private const int Seconds = 10;

    [Fact]
    public async Task Two_hundred_sidebands_with_ten_events_a_second_each_lose_none()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var emulator = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "SessionGrains.Emulator.dll")])
        {
            RedirectStandardOutput = true,
            Environment = { ["ASPNETCORE_URLS"] = "http://127.0.0.1:0" },
        })!;
        try
        {
            await using var lab = SidebandLab.At(await BaseUrl(emulator, cancellation));
            var calls = new List<string>();
            for (var i = 0; i < Sidebands; i++)
            {
                calls.Add(await lab.Call());
            }

            var before = Memory();
            var sidebands = await Task.WhenAll(calls.Select(call => lab.Attach(call)));
            var ears = sidebands.Select(sideband => new Ear(sideband)).ToArray();
            var attached = Memory();
            var cpu = Cpu();
            var started = TimeProvider.System.GetTimestamp();
            using var tick = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / EventsPerSecond), TimeProvider.System);
            for (var round = 0; round < EventsPerSecond * Seconds; round++)
            {
                await Task.WhenAll(sidebands.Select(sideband => sideband.SendAsync(ClientEvents.SessionUpdate([]), cancellation)));
                await tick.WaitForNextTickAsync(cancellation);
            }

            var counts = await Task.WhenAll(ears.Select(Count));
            var wall = TimeProvider.System.GetElapsedTime(started);
            output.WriteLine(FormattableString.Invariant(
                $"{Sidebands} sidebands, {counts.Sum()} events sent and as many heard in {wall.TotalSeconds:f1} s: {(Cpu() - cpu).TotalSeconds / wall.TotalSeconds:f2} cores in our process, {(attached - before) / 1024.0 / Sidebands:f0} KiB of live memory a sideband, {Environment.WorkingSet / 1048576.0:f0} MiB resident"));
            foreach (var (ear, sideband) in ears.Zip(sidebands))
            {
                await sideband.DisposeAsync();
                ear.Dispose();
            }

            Assert.Equal(Sidebands * EventsPerSecond * Seconds, counts.Sum());
        }
        finally
        {
            emulator.Kill();
            await emulator.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<int> Count(Ear ear)
    {
        for (var heard = 0; heard < EventsPerSecond * Seconds; heard++)
        {
            await ear.Until<SidebandEvent.SessionUpdated>();
        }

        return ear.Heard.Count;
    }

    private static long Memory() => GC.GetTotalMemory(forceFullCollection: true);

    private static TimeSpan Cpu()
    {
        using var own = Process.GetCurrentProcess();
        return own.TotalProcessorTime;
    }

    private static async Task<string> BaseUrl(Process emulator, CancellationToken cancellation)
    {
        const string Announcement = "OPENAI_BASE_URL=";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (await emulator.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Contains(Announcement, StringComparison.Ordinal))
            {
                return line.Trim()[Announcement.Length..].Split(' ')[0];
            }
        }

        throw new InvalidOperationException("The emulator ended before it listened.");
    }
}
