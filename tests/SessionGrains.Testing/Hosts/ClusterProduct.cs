namespace SessionGrains.Testing.Hosts;

/// <summary>Silos and an API on PostgreSQL, each a process.</summary>
/// <param name="always">Environment that every process gets.</param>
internal sealed class ClusterProduct(string database, int count, params KeyValuePair<string, string>[] always) : RunningProduct
{
    private readonly List<HostProcess> all = [];
    private HostProcess api = null!;

    public override Uri Url => api.Url;

    public override string Output => string.Concat(all.Select(host => host.Output));

    /// <summary>The silos that run, oldest first.</summary>
    public List<HostProcess> Silos { get; } = [];

    public HostProcess Api => api;

    /// <summary>The folder <c>artifacts/bin</c> that silos are launched from from now on; this build's unless set.</summary>
    public string? SiloBuild { get; set; }

    /// <summary>The same of the API.</summary>
    public string? ApiBuild { get; init; }

    /// <summary>How the n-th silo is launched, where its place or its environment is a matter of the test.</summary>
    public Func<ClusterProduct, int, HostProcess> Launch { get; init; } = (product, _) => product.LaunchSilo(at: null, within: []);

    public override async Task KillSilos()
    {
        foreach (var silo in Silos)
        {
            await silo.KillAsync();
        }

        Silos.Clear();
    }

    public override async Task Restart()
    {
        var launched = Enumerable.Range(0, count).Select(number => Launch(this, number)).ToList();
        await Task.WhenAll(launched.Select(silo => silo.IsReadyAsync()));
        Silos.AddRange(launched);
        await api.IsReadyAsync();
    }

    /// <summary>Starts one more silo, with more environment where a test needs it.</summary>
    public async Task<HostProcess> AddSilo(params KeyValuePair<string, string>[] more)
    {
        var silo = LaunchSilo(at: null, within: [], more);
        await silo.IsReadyAsync();
        Silos.Add(silo);
        return silo;
    }

    /// <summary>Starts a silo without waiting for it or counting it among those that run.</summary>
    public HostProcess LaunchSilo(Uri? at, IReadOnlyList<string> within, params IEnumerable<KeyValuePair<string, string>> more)
    {
        var silo = HostProcess.Launch(
            "Silo",
            Environment(((IEnumerable<KeyValuePair<string, string>>)[
                new("ConnectionStrings__SessionGrains", database),
                new("SessionGrains__Silo__Port", $"{HostProcess.FreePort()}"),
                new("SessionGrains__Silo__GatewayPort", $"{HostProcess.FreePort()}"),
            ]).Concat(always).Concat(more).GroupBy(one => one.Key).Select(same => same.Last())),
            at,
            build: SiloBuild,
            within: within);
        all.Add(silo);
        return silo;
    }

    /// <summary>Starts the API again where it was.</summary>
    public async Task RestartApi()
    {
        LaunchApi(api.Url);
        await api.IsReadyAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var host in all)
        {
            await host.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    protected override async Task Start()
    {
        LaunchApi(at: null);
        await Restart();
    }

    private void LaunchApi(Uri? at)
    {
        api = HostProcess.Launch("Api", Environment([.. always, new("ConnectionStrings__SessionGrains", database)]), at, build: ApiBuild);
        all.Add(api);
    }
}
