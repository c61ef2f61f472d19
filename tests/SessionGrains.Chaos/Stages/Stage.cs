using System.Net;
using Npgsql;
using SessionGrains.Chaos.Loads;
using SessionGrains.Chaos.Oracle;
using SessionGrains.Chaos.Scenarios;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Chaos.Stages;

/// <summary>The product with all that it talks to, each a process of its own, and the places where the truth is written down.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private const string FakeTime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

    private static readonly string[] ToolNames = ["read_it", "keyed_it", "unkeyed_it"];

    private readonly string folder = Directory.CreateTempSubdirectory("sessiongrains-chaos-").FullName;
    private readonly Dictionary<HostProcess, int> numbers = [];
    private int launched;

    private Stage(Topology topology) => Topology = topology;

    public Topology Topology { get; }

    public ClusterProduct Product { get; private set; } = null!;

    public PretendOpenAI OpenAI => Product.OpenAI;

    public ToolProcess Tools { get; private set; } = null!;

    public TestPostgres Postgres { get; private set; } = null!;

    /// <summary>The database, past every proxy.</summary>
    public string Database { get; private set; } = null!;

    public TcpProxy? DatabaseProxy { get; private set; }

    public SmallDisk? Disk { get; private set; }

    public Namespaces? Network { get; private set; }

    public string ProviderLedgerFile => Path.Combine(folder, "openai.jsonl");

    public string ToolLedgerFile => Path.Combine(folder, "tools.txt");

    public static async Task<Stage> Build(Topology topology, IEnumerable<Recipe> recipes)
    {
        var stage = new Stage(topology);
        try
        {
            await stage.Build(recipes);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more silo, as the topology wants them.</summary>
    public async Task<HostProcess> AddSilo()
    {
        var silo = Launch(Product, launched);
        await silo.IsReadyAsync();
        Product.Silos.Add(silo);
        return silo;
    }

    /// <summary>Which of the namespaces a silo is in.</summary>
    public int NumberOf(HostProcess silo) => numbers[silo];

    /// <summary>Whether nothing is done to this silo, as the topology wants it.</summary>
    public bool IsSpared(HostProcess silo) => Topology.SparesOne && silo == Product.Silos[0];

    /// <summary>Everything as it was in the beginning: as many silos, and nothing that breaks.</summary>
    public async Task Heal()
    {
        await Postgres.StartAsync();
        await OpenAI.Heal();
        await Tools.Delay(TimeSpan.Zero, TimeSpan.Zero);
        Product.Silos.RemoveAll(silo => silo.HasExited);
        while (Product.Silos.Count < Topology.Silos)
        {
            await AddSilo();
        }

        if (Product.Api.HasExited)
        {
            await Product.RestartApi();
        }
    }

    /// <summary>Keeps ledgers and everything that the processes printed, for whoever wants to know what went wrong.</summary>
    public async Task<string> Keep(string name)
    {
        var kept = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "kept", name)).FullName;
        File.Copy(ProviderLedgerFile, Path.Combine(kept, Path.GetFileName(ProviderLedgerFile)), overwrite: true);
        File.Copy(ToolLedgerFile, Path.Combine(kept, Path.GetFileName(ToolLedgerFile)), overwrite: true);
        await File.WriteAllTextAsync(Path.Combine(kept, "product.log"), Product.Output);
        return kept;
    }

    public async ValueTask DisposeAsync()
    {
        if (Product is not null)
        {
            await Product.DisposeAsync();
        }

        foreach (var part in new IAsyncDisposable?[] { Tools, DatabaseProxy, Postgres, Disk, Network })
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    private async Task Build(IEnumerable<Recipe> recipes)
    {
        var address = IPAddress.Loopback;
        if (Topology.HasNamespaces)
        {
            Network = new Namespaces();
            // Some more than there are silos at once: one that was replaced may still be there.
            for (var number = 1; number <= Topology.Silos + 1; number++)
            {
                await Network.Add(number);
            }

            address = Network.Outside(1);
        }

        Disk = Topology.HasSmallDisk ? await SmallDisk.Mount() : null;
        Postgres = new TestPostgres { Within = Disk?.Folder };
        Database = await Postgres.CreateDatabaseAsync();
        var reached = new NpgsqlConnectionStringBuilder(Database);
        if (Topology.HasDatabaseProxy || Topology.HasNamespaces)
        {
            DatabaseProxy = new TcpProxy(new(IPAddress.Loopback, reached.Port), address);
            // Kerberos would ask a name server, and from a namespace none is reached.
            (reached.Host, reached.Port, reached.GssEncryptionMode) = ($"{address}", DatabaseProxy.Port, GssEncryptionMode.Disable);
        }

        if (Topology.SparesOne)
        {
            // What is open at the end is counted, and five minutes are long to wait for what only was not used meanwhile.
            (reached.ConnectionIdleLifetime, reached.ConnectionPruningInterval) = (20, 5);
        }

        Tools = await ToolProcess.Start(ToolLedgerFile, At(address));
        var openAI = await PretendOpenAI.StartProcessAsync(ProviderLedgerFile, At(address));
        Product = new ClusterProduct(reached.ConnectionString, Topology.Silos, [
            new(ToolBackend.SecretVariable, ToolBackend.Secret),
            new("Logging__Console__FormatterName", "simple"),
            new("Logging__Console__FormatterOptions__TimestampFormat", "HH:mm:ss.fff "),
        ])
        {
            Launch = Launch,
        };
        await RunningProduct.Cluster(Product, openAI, define => Define(define, recipes));
        if (Topology.Without is { Sql: var sql })
        {
            await Execute(sql);
        }
    }

    private static Uri At(IPAddress address) => new($"http://{address}:{HostProcess.FreePort()}");

    private HostProcess Launch(ClusterProduct product, int number)
    {
        launched = Math.Max(launched, number) + 1;
        var silo = Network is null
            ? product.LaunchSilo(at: null, within: [], number is 0 && Topology.Skew is not 0 ? Skewed() : [])
            : LaunchWithin(product, (number % (Topology.Silos + 1)) + 1);
        numbers[silo] = (number % (Topology.Silos + 1)) + 1;
        return silo;
    }

    private HostProcess LaunchWithin(ClusterProduct product, int number) => product.LaunchSilo(
        At(Network!.Inside(number)),
        Network.Within(number),
        [new("SessionGrains__Silo__Address", $"{Network.Inside(number)}"), new("SessionGrains__Silo__Port", "11111"), new("SessionGrains__Silo__GatewayPort", "30000"), new("SessionGrains__Network__AllowPlain", "true")]);

    /// <summary>The wall clock is ahead; the monotonic one is right, as on a machine whose time was set wrongly.</summary>
    private IEnumerable<KeyValuePair<string, string>> Skewed() =>
        [new("LD_PRELOAD", FakeTime), new("FAKETIME", $"{Topology.Skew:+0;-0}s"), new("FAKETIME_DONT_FAKE_MONOTONIC", "1"), new("DONT_FAKE_MONOTONIC", "1")];

    private void Define(TestDefinitions define, IEnumerable<Recipe> recipes)
    {
        foreach (var tool in ToolNames)
        {
            define.AddTool(tool, ToolBackend.Declare(Tools.Url, tool, tool.Split('_')[0]));
        }

        foreach (var recipe in recipes)
        {
            define.Add(recipe.Name, recipe.Mode, recipe.Limits, recipe.Quotas, $"{ProviderLedger.TagMark}{{{{inputs.customer}}}} is what this is for.", """["read_it","keyed_it","unkeyed_it"]""");
        }
    }

    private async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection($"{Database};Pooling=false");
        await connection.OpenAsync();
        foreach (var statement in sql.Split(";;", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync();
        }
    }
}
