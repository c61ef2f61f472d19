using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using SessionGrains.Browser.Tests.Demo;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Browser.Tests.Trouble;

/// <summary>Two silos, an API and PostgreSQL as processes, the emulator as OpenAI, and the demo page on an origin of its own: it outlives whatever is killed.</summary>
public sealed class TroubledCluster(TestPostgres postgres) : IAsyncLifetime
{
    /// <summary>The calls of these end in time, whatever else happens.</summary>
    public const int ShortSeconds = 30;

    /// <summary>Without a heartbeat for that long the workflows of the <c>watched</c> definition end.</summary>
    public const int WatchedSeconds = 8;

    private const int Silos = 2;
    private const string HeartbeatAndGrace = """{"heartbeat_seconds":2,"heartbeat_grace_seconds":6}""";

    private static readonly string[] Definitions = ["sealed", "brokered", "client_secret", "short", "watched"];

    private readonly WebApplication site = NewSite();
    private ToolBackend tools = null!;
    private ClusterProduct product = null!;

    /// <summary>Where the page is.</summary>
    public string PageUrl => site.Urls.Single();

    internal ClusterProduct Product => product;

    internal PretendOpenAI OpenAI => product.OpenAI;

    internal ToolBackend Tools => tools;

    public async ValueTask InitializeAsync()
    {
        tools = await ToolBackend.StartAsync();
        DemoSite.Serve(
            site,
            () => $"{Authority(product.Url)} {Authority(OpenAI.BaseUrl)}",
            () => Task.FromResult(Config()),
            user => Tokens.For((string)user["sub"]!));
        await site.StartAsync();
        product = await RunningProduct.Cluster(
            await postgres.CreateDatabaseAsync(),
            Define,
            Silos,
            new("SessionGrains__Cors__Origins__0", PageUrl),
            new(ToolBackend.SecretVariable, ToolBackend.Secret));
    }

    /// <summary>Brings back what an earlier test killed.</summary>
    public async Task Heal()
    {
        product.Silos.RemoveAll(silo => silo.HasExited);
        while (product.Silos.Count < Silos)
        {
            await product.AddSilo();
        }

        if (product.Api.HasExited)
        {
            await product.RestartApi();
        }
    }

    /// <summary>kill -9 of the silo that holds this call.</summary>
    public async Task KillOwner(string call)
    {
        var owner = product.Silos.Single(silo => silo.Output.Contains($"the sideband of {call} works", StringComparison.Ordinal));
        await owner.KillAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await product.DisposeAsync();
        await tools.DisposeAsync();
        await site.DisposeAsync();
    }

    private void Define(TestDefinitions define)
    {
        define.AddTool("keyed_lookup", tools.Declare("keyed_lookup", "keyed"));
        const string tool = """["keyed_lookup"]""";
        foreach (var mode in new[] { "sealed", "brokered", "client_secret" })
        {
            define.Add(mode, mode, """{"heartbeat_seconds":15,"heartbeat_grace_seconds":300}""", tools: tool, transcripts: true);
        }

        define.Add("short", "sealed", $$"""{"max_duration_seconds":{{ShortSeconds}},"attach_seconds":{{ShortSeconds}}}""", tools: tool);
        define.Add("watched", "sealed", HeartbeatAndGrace, tools: tool);
    }

    // The other end of the calls is a page of its own here, so that it outlives this one: to the demo that is OpenAI.
    private JsonObject Config() => new()
    {
        ["api"] = Authority(product.Url),
        ["emulator"] = null,
        ["test_users"] = true,
        ["definitions"] = new JsonArray([.. Definitions.Select(name => new JsonObject
        {
            ["name"] = name,
            ["mode"] = name is "brokered" or "client_secret" ? name : "sealed",
            ["inputs"] = new JsonArray("customer"),
        })]),
    };

    private static string Authority(Uri url) => url.GetLeftPart(UriPartial.Authority);

    private static WebApplication NewSite()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var site = builder.Build();
        site.Urls.Add("http://127.0.0.1:0");
        return site;
    }
}
