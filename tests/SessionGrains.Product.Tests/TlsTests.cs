using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>Silos and an API with the certificates that <c>deploy/secrets.sh</c> makes, each a process, and strangers at their ports.</summary>
public sealed class TlsTests(TestPostgres postgres) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string secrets = Directory.CreateTempSubdirectory("sessiongrains-secrets-").FullName;
    private readonly TestDefinitions definitions = new();
    private readonly List<HostProcess> hosts = [];
    private readonly int siloPort = HostProcess.FreePort();
    private readonly int gatewayPort = HostProcess.FreePort();
    private PretendOpenAI openAI = null!;
    private string database = "";

    private string Output => string.Concat(hosts.Select(host => host.Output));

    public async ValueTask InitializeAsync()
    {
        openAI = await PretendOpenAI.StartAsync();
        database = await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        await MakeSecrets();
    }

    [Fact]
    public async Task Over_TLS_a_workflow_goes_from_its_start_to_its_end_and_on_when_the_certificates_are_renewed()
    {
        var first = Launch("Silo", "silo", Silo(siloPort, gatewayPort));
        await first.IsReadyAsync();
        var second = Launch("Silo", "silo", Silo(HostProcess.FreePort(), HostProcess.FreePort()));
        var api = Launch("Api", "api");
        await second.IsReadyAsync();
        await api.IsReadyAsync();
        using var browser = Browser.Of("ada", api.Url);

        // Both silos have work, so they have had to talk to each other.
        for (var number = 0; number < 6; number++)
        {
            await GoesThrough(browser);
        }

        // Renewed as an operator does it; the silo that joins now shows the new one to peers that still have an old connection.
        File.Delete(Path.Combine(secrets, "silo.crt"));
        File.Delete(Path.Combine(secrets, "silo.key"));
        await MakeSecrets();
        await Eventually.True(() => Task.FromResult(first.Output.Split("This host is silo.sessiongrains to its peers").Length > 2), Patience, () => Output);
        var third = Launch("Silo", "silo", Silo(HostProcess.FreePort(), HostProcess.FreePort()));
        await third.IsReadyAsync();
        for (var number = 0; number < 6; number++)
        {
            await GoesThrough(browser);
        }
    }

    [Fact]
    public async Task Strangers_are_cut_off_at_both_ports_and_an_API_without_a_certificate_never_gets_ready()
    {
        var silo = Launch("Silo", "silo", Silo(siloPort, gatewayPort));
        await silo.IsReadyAsync();

        foreach (var port in new[] { siloPort, gatewayPort })
        {
            // Four bytes of length, as Orleans begins a connection: a silo without TLS would wait for the rest.
            Assert.Equal("", await Say(port, [64, 0, 0, 0]));
        }

        var stranger = Launch("Api", kind: null);
        using var http = new HttpClient { BaseAddress = stranger.Url };
        await Eventually.True(() => Task.FromResult(stranger.Output.Contains("No silo reached", StringComparison.Ordinal)), Patience, () => Output);
        using var ready = await http.GetAsync("/readyz", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
    }

    [Fact]
    public async Task A_silo_that_has_only_an_APIs_certificate_does_not_start()
    {
        var impostor = Launch("Silo", "api", Silo(siloPort, gatewayPort));

        await impostor.ExitAsync();

        Assert.Equal(1, impostor.ExitCode);
        Assert.Contains("the certificate does not carry the name silo.sessiongrains", impostor.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_without_TLS_does_not_listen_where_others_reach_it()
    {
        var exposed = Launch("Silo", kind: null, [.. Silo(siloPort, gatewayPort), new("SessionGrains__Silo__Address", "192.0.2.7")]);

        await exposed.ExitAsync();

        Assert.Equal(1, exposed.ExitCode);
        Assert.Contains("The silo would listen on 192.0.2.7 without TLS", exposed.Output, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        await openAI.DisposeAsync();
        definitions.Dispose();
        Directory.Delete(secrets, recursive: true);
    }

    private static KeyValuePair<string, string>[] Silo(int port, int gateway) =>
        [new("SessionGrains__Silo__Port", $"{port}"), new("SessionGrains__Silo__GatewayPort", $"{gateway}")];

    /// <summary>What a port says to somebody without TLS, until it hangs up.</summary>
    private static async Task<string> Say(int port, byte[] words)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, patience.Token);
        await client.GetStream().WriteAsync(words, patience.Token);
        try
        {
            using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
            return await reader.ReadToEndAsync(patience.Token);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string Script(string name) => Path.Combine(Repository.Root, "deploy", name);

    private async Task MakeSecrets()
    {
        using var script = Process.Start(Script("secrets.sh"), [secrets]);
        await script.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, script.ExitCode);
    }

    private async Task GoesThrough(Browser browser)
    {
        var started = await browser.MustStart("brokered");
        var connected = await browser.Connect(started, Browser.Offer + Browser.DataChannel);
        Assert.Equal(HttpStatusCode.Created, connected.Status);
        await Eventually.True(async () => (string?)(await browser.View(started))["control"] is "full", Patience, () => Output);
        Assert.Equal(HttpStatusCode.OK, (await browser.End(started)).Status);
        await Eventually.True(async () => (string?)(await browser.View(started))["hangup"] is "confirmed", Patience, () => Output);
    }

    private HostProcess Launch(string host, string? kind, params KeyValuePair<string, string>[] more)
    {
        var environment = new Dictionary<string, string>(openAI.Configuration.Concat(Tokens.Configuration).Concat(more))
        {
            ["ConnectionStrings__SessionGrains"] = database,
            ["SessionGrains__Definitions"] = definitions.Folder,
            ["SessionGrains__Tools"] = definitions.Tools,
            ["SessionGrains__Network__ReloadEvery"] = "00:00:01",
        };
        if (kind is not null)
        {
            environment["SessionGrains__Network__Certificate"] = Path.Combine(secrets, $"{kind}.crt");
            environment["SessionGrains__Network__Key"] = Path.Combine(secrets, $"{kind}.key");
            environment["SessionGrains__Network__Authority"] = Path.Combine(secrets, "ca.crt");
        }

        hosts.Add(HostProcess.Launch(host, environment));
        return hosts[^1];
    }
}
