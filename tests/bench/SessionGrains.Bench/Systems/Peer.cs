using System.Text.Json.Nodes;
using Npgsql;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Bench.Systems;

/// <summary>Something that people would use instead: one process that speaks the peers' few endpoints.</summary>
internal sealed class Peer : ISystem
{
    private readonly World world;
    private readonly PeerProcess process;
    private readonly Wire wire;
    private readonly string? left;

    private Peer(World world, PeerProcess process, string? left)
    {
        (this.world, this.process, this.left) = (world, process, left);
        wire = new Wire(process.Url);
    }

    public IReadOnlyList<(string Name, int Id)> Processes => [("server", process.Id)];

    /// <summary>A server in a file of the folder of peers, on Node.js.</summary>
    /// <param name="left">Counts the sessions in its database that have not ended; null where it has none.</param>
    public static Task<ISystem> Node(World world, string file, string? left) =>
        Start(world, left, ["node", Path.Combine(Repository.Folder, "tests", "bench", "peers", file)]);

    /// <summary>The server in C#.</summary>
    public static Task<ISystem> Minimal(World world, string left) =>
        Start(world, left, ["dotnet", HostProcess.Program("Bench.Minimal")]);

    public async Task<Session> Start(string token, string definition)
    {
        var started = JsonNode.Parse(await wire.Post("sessions", token, $$"""{"definition":"{{definition}}"}"""))!;
        return new((string)started["id"]!, (string)started["secret"]!, token);
    }

    public Task Call(Session session, string call) => wire.Post($"sessions/{session.Id}/call", session.Token, $$"""{"call_id":"{{call}}"}""");

    public async Task<string> Tool(Session session, string call, int n) => (string)JsonNode.Parse(await wire.Post(
        $"sessions/{session.Id}/tools", session.Token, $$$"""{"call_id":"{{{call}}}","name":"{{{Definitions.Tool}}}","arguments":{"n":{{{n}}}}}"""))!["output"]!;

    public Task End(Session session) => wire.Post($"sessions/{session.Id}/end", session.Token, "{}");

    public Task<long> Left() => left is null ? Task.FromResult(0L) : world.Ask(left);

    public async ValueTask DisposeAsync()
    {
        wire.Dispose();
        await process.DisposeAsync();
        await world.OpenAI.DisposeAsync();
    }

    private static async Task<ISystem> Start(World world, string? left, string[] command)
    {
        var process = PeerProcess.Launch([.. world.Cores.Within, .. command], port => Environment(world, port));
        try
        {
            await process.IsReady();
            return new Peer(world, process, left);
        }
        catch
        {
            await process.DisposeAsync();
            await world.OpenAI.DisposeAsync();
            throw;
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Environment(World world, int port)
    {
        var database = new NpgsqlConnectionStringBuilder(world.Database);
        return world.OpenAI.Configuration.Concat(Tokens.Configuration).Concat(new Dictionary<string, string>
        {
            ["PORT"] = $"{port}",
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            ["NODE_ENV"] = "production",
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["Logging__LogLevel__Default"] = "Warning",
            ["Logging__LogLevel__Microsoft.AspNetCore"] = "Warning",
            ["DOTNET_gcServer"] = "0",
            ["TOOL_URL"] = world.Tools.Url.ToString().TrimEnd('/'),
            ["DATABASE_URL"] = $"postgresql://{database.Username}@{database.Host}:{database.Port}/{database.Database}",
            ["ConnectionStrings__Sessions"] = world.Database,
            ["JWT_KEY"] = Tokens.Configuration["Authentication__Schemes__Bearer__SigningKeys__0__Value"],
            ["JWT_ISSUER"] = Tokens.Configuration["Authentication__Schemes__Bearer__ValidIssuer"],
            ["JWT_AUDIENCE"] = Tokens.Configuration["Authentication__Schemes__Bearer__ValidAudiences__0"],
        });
    }
}
