using SessionGrains.Testing.Hosts;

namespace SessionGrains.Bench.Scale;

/// <summary>How long it takes from launching a host until it says that it is ready.</summary>
internal sealed class StartTimes(Ground ground) : IPart
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public string Name => "Start";

    public async Task<PartResult> Measure()
    {
        var (silo, local) = (await Silo(), await Local());
        return new(
            ["from launch to ready, in seconds", "shortest", "median", "longest"],
            [Row("a silo, alone on a migrated database", silo), Row("the local host in an empty folder, built before", local)],
            [new("start of a silo", Text(silo)), new("start of the local host", Text(local))]);
    }

    private async Task<IReadOnlyList<TimeSpan>> Silo()
    {
        await using var scene = await Scene.Open(ground);
        var product = scene.Ours.Product;
        await product.Api.KillAsync();
        // The first one has migrated the database, and leaves nobody behind who must be found dead.
        await product.Silos[0].TerminateAsync();
        return await Times(() => product.LaunchSilo(at: null, ground.Cores.Within));
    }

    private async Task<IReadOnlyList<TimeSpan>> Local()
    {
        var folder = Directory.CreateTempSubdirectory("sessiongrains-bench-local-").FullName;
        try
        {
            var number = 0;
            return await Times(() => HostProcess.Launch(
                "Local",
                [new("SessionGrains__Data", Directory.CreateDirectory(Path.Combine(folder, $"{number++}")).FullName), new("ASPNETCORE_ENVIRONMENT", "Development"), new("OPENAI_API_KEY", ""), new("OPENAI_API_KEY_FILE", "")],
                within: [.. ground.Cores.Within]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<IReadOnlyList<TimeSpan>> Times(Func<HostProcess> launch)
    {
        var times = new List<TimeSpan>();
        for (var n = 0; n < ground.Plan.Starts; n++)
        {
            var begun = TimeProvider.System.GetTimestamp();
            var host = launch();
            try
            {
                await IsReady(host, begun);
                times.Add(TimeProvider.System.GetElapsedTime(begun));
                await host.TerminateAsync();
            }
            catch (TimeoutException)
            {
                await host.KillAsync();
                throw;
            }
        }

        return [.. times.Order()];
    }

    /// <summary>Looks more often than tests do: what is measured must not be the looking.</summary>
    private static async Task IsReady(HostProcess host, long begun)
    {
        using var http = new HttpClient { Timeout = Patience };
        using var pause = new PeriodicTimer(LookEvery, TimeProvider.System);
        while (!await Answers())
        {
            if (host.HasExited || TimeProvider.System.GetElapsedTime(begun) > Patience)
            {
                throw new TimeoutException($"It did not become ready: {host.Output}");
            }

            await pause.WaitForNextTickAsync();
        }

        async Task<bool> Answers()
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(host.Url, "readyz"));
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }
    }

    private static IReadOnlyList<string> Row(string what, IReadOnlyList<TimeSpan> times) => [what, Written.Seconds(times[0]), Written.Seconds(Median(times)), Written.Seconds(times[^1])];

    private static string Text(IReadOnlyList<TimeSpan> times) => $"{Written.Seconds(Median(times))} s";

    private static TimeSpan Median(IReadOnlyList<TimeSpan> times) => times[times.Count / 2];
}
