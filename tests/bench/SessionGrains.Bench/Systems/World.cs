using Npgsql;
using SessionGrains.Bench.Measures;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Bench.Systems;

/// <summary>What one system finds: a database of its own, an OpenAI and a tool backend, and the ledgers of both in memory files.</summary>
internal sealed class World : IAsyncDisposable
{
    private readonly string folder = Directory.CreateDirectory(Path.Combine("/dev/shm", $"sessiongrains-bench-{Guid.NewGuid():n}")).FullName;

    private World(DatabaseServer server, string database, Cores cores) => (Server, Database, Cores) = (server, database, cores);

    public DatabaseServer Server { get; }

    public string Database { get; }

    public Cores Cores { get; }

    /// <summary>Goes with the system, as it goes with our product.</summary>
    public PretendOpenAI OpenAI { get; private set; } = null!;

    public HostProcess Tools { get; private set; } = null!;

    public string ProviderLedger => Path.Combine(folder, "openai.jsonl");

    public string ToolLedger => Path.Combine(folder, "tools.txt");

    public static async Task<World> Create(DatabaseServer server, Cores cores)
    {
        var world = new World(server, await server.CreateDatabase(), cores);
        world.Tools = HostProcess.Launch("ToolBackend", [new("TOOL_LEDGER", world.ToolLedger)]);
        await world.Tools.IsReadyAsync();
        world.OpenAI = await PretendOpenAI.StartProcessAsync(world.ProviderLedger);
        // Whether the server's key may hang up a call that a secret created is not known of OpenAI. Here it may, since none of the peers keeps the secret.
        await world.OpenAI.Set("""{"hangup_keys":"any_project","hangup_delay_ms":0}""");
        return world;
    }

    /// <summary>One number from the database.</summary>
    public async Task<long> Ask(string sql)
    {
        await using var connection = new NpgsqlConnection($"{Database};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await Tools.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
