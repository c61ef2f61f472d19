using System.Globalization;
using System.Text.Json.Nodes;
using SessionGrains.Bench.Loads;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Bench.Systems;

/// <summary>SessionGrains: silos and one API, in <c>client_secret</c> mode with relayed tool calls unless something else is asked for.</summary>
internal sealed class Ours : ISystem
{
    private const string Quotas = """{"live_per_user":1000,"live_per_tenant":100000,"starts_per_user_per_minute":10000}""";

    private static readonly Recipe[] Compared = [new(Definitions.Voice, 900), new(Definitions.Short, 8)];

    private readonly World world;
    private readonly IReadOnlyList<Recipe> recipes;
    private readonly ClusterProduct product;
    private Wire wire = null!;

    private Ours(World world, int silos, IReadOnlyList<Recipe> recipes, string? build)
    {
        (this.world, this.recipes) = (world, recipes);
        product = new ClusterProduct(
            world.Database, silos, new(ToolBackend.SecretVariable, ToolBackend.Secret), new("Logging__LogLevel__Default", "Warning"))
        {
            SiloBuild = build,
            ApiBuild = build,
            Launch = (one, _) => one.LaunchSilo(at: null, world.Cores.Within),
        };
    }

    public IReadOnlyList<(string Name, int Id)> Processes => [.. product.Silos.Select(silo => ("silo", silo.Id)), ("API", product.Api.Id)];

    public ClusterProduct Product => product;

    /// <param name="build">The folder <c>artifacts/bin</c> of the build whose hosts are started.</param>
    public static async Task<ISystem> Start(World world, string? build) => await Start(world, 1, Compared, build);

    /// <param name="build">The folder <c>artifacts/bin</c> of another build whose hosts are started.</param>
    public static async Task<Ours> Start(World world, int silos, IReadOnlyList<Recipe> recipes, string? build = null)
    {
        var ours = new Ours(world, silos, recipes, build);
        try
        {
            await RunningProduct.Cluster(ours.product, world.OpenAI, ours.Define);
            await world.Cores.Pin(ours.product.Api.Id);
            ours.wire = new Wire(ours.product.Url);
            return ours;
        }
        catch
        {
            await ours.product.DisposeAsync();
            throw;
        }
    }

    public async Task<Session> Start(string token, string definition)
    {
        var started = JsonNode.Parse(await wire.Post("v1/workflows", token, $$"""{"definition":"{{definition}}"}"""))!;
        return new((string)started["id"]!, (string)started["client_secret"]!["value"]!, token)
        {
            ExpiresAt = DateTimeOffset.Parse((string)started["expires_at"]!, CultureInfo.InvariantCulture),
        };
    }

    public Task Call(Session session, string call) =>
        wire.Post($"v1/workflows/{session.Id}/call", session.Token, $$"""{"call_id":"{{call}}"}""");

    /// <summary>A call of a mode in which the server creates it.</summary>
    public async Task<Session> Connect(Session session) =>
        session with { Call = await wire.Offer("v1/realtime/calls", session.Secret, Browser.Offer) };

    public async Task<string> Tool(Session session, string call, int n)
    {
        var answer = JsonNode.Parse(await wire.Post(
            $"v1/workflows/{session.Id}/tool_calls", session.Token, $$$"""{"call_id":"{{{call}}}","name":"{{{Definitions.Tool}}}","arguments":{"n":{{{n}}}}}"""))!;
        return (string?)answer["status"] is "completed" ? (string)answer["output"]! : throw new WrongAnswerException($"{call} is {answer["status"]}");
    }

    public Task End(Session session) => wire.Post($"v1/workflows/{session.Id}/end", session.Token, "{}");

    public Task<long> Left() => world.Ask(
        """
        SELECT (SELECT count(*) FROM workflow_view WHERE phase <> 'ended') + (SELECT count(*) FROM slot WHERE released_at IS NULL)
        """);

    public async ValueTask DisposeAsync()
    {
        wire.Dispose();
        await product.DisposeAsync();
    }

    private void Define(TestDefinitions define)
    {
        define.AddTool(Definitions.Tool, ToolBackend.Declare(world.Tools.Url, Definitions.Tool, "keyed"));
        foreach (var (name, seconds, mode) in recipes)
        {
            define.Add(name, mode, Limits(seconds), Quotas, "You take the intake call.", $"""["{Definitions.Tool}"]""");
        }
    }

    /// <summary>Nothing but the end of its time ends a workflow that nobody ends.</summary>
    private static string Limits(int seconds) =>
        $$"""{"max_duration_seconds":{{seconds}},"attach_seconds":7200,"idle_timeout_seconds":3540,"control_lost_seconds":3540,"max_tool_calls":10000,"max_concurrent_tool_calls":100}""";
}

/// <summary>A definition: how many seconds its workflows last unless they are ended, and who creates their calls.</summary>
internal sealed record Recipe(string Name, int Seconds, string Mode = "client_secret");
