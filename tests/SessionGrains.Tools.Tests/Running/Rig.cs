using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SessionGrains.Tools.Mcp;
using SessionGrains.Tools.Running;
using SessionGrains.Tools.Schemas;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>The runner as a host has it, with a clock and settings of the test's own.</summary>
internal sealed class Rig : IAsyncDisposable
{
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private readonly ServiceProvider services;

    public Rig(Action<IServiceCollection>? configure = null)
    {
        var settings = new Dictionary<string, string?>
        {
            ["SECRET"] = Secret,
            ["CRM_TOKEN"] = "crm-token",
            ["OPENAI_API_KEY"] = "sk-canary",
        };
        var collection = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
            .AddSingleton<TimeProvider>(Clock)
            .AddLogging(logging => logging.AddProvider(Log).SetMinimumLevel(LogLevel.Trace));
        configure?.Invoke(collection);
        services = collection.AddToolRunning().BuildServiceProvider();
    }

    public WatchedClock Clock { get; } = new();

    public MemoryLog Log { get; } = new();

    public IToolRunner Runner => services.GetRequiredService<IToolRunner>();

    public T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    public Task<ToolResult> Run(ToolDeclaration tool, string arguments = "{}", int attempt = 1, CancellationToken? cancellationToken = null) =>
        Runner.RunAsync(tool, Request(tool, arguments, attempt), cancellationToken ?? TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    public ToolRequest Request(ToolDeclaration tool, string arguments = "{}", int attempt = 1) =>
        new("wf_1", "call_1", tool.Name, JsonElement.Parse(arguments), "ada", "acme", "key-1", Clock.GetUtcNow() + TimeSpan.FromMinutes(1), attempt);

    /// <summary>The tools that MCP servers offer and that can be used.</summary>
    public async Task<IReadOnlyList<ToolDeclaration>> List(params ToolDeclaration[] declared)
    {
        var offers = await Get<IToolServers>().ListAsync(declared, TestContext.Current.CancellationToken);
        return [.. offers.Select(offer => offer.Tool).OfType<ToolDeclaration>()];
    }

    public static ToolDeclaration Web(Uri url, ToolEffect effect = ToolEffect.Unkeyed, string? secretEnv = null, bool allowsPrivate = true) => new()
    {
        Name = "lookup_order",
        Description = "Finds an order.",
        Parameters = Schema.Parse("""{"type":"object"}"""),
        Effect = effect,
        Timeout = TimeSpan.FromSeconds(60),
        Target = new ToolTarget.Http(url, secretEnv, allowsPrivate),
    };

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
