using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Protocol;

namespace SessionGrains.Tools.Tests.Mcp;

/// <summary>A real MCP server, of the official package, on loopback; what its tool says of itself and does is the test's to change.</summary>
internal sealed class McpBackend : IAsyncDisposable
{
    private readonly WebApplication app;

    private McpBackend(WebApplication app) => this.app = app;

    public static string Schema => """{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}""";

    public Tool Tool { get; set; } = new() { Name = "find_customer", Description = "Finds a customer.", InputSchema = System.Text.Json.JsonElement.Parse(Schema) };

    public Func<CallToolRequestParams, CancellationToken, ValueTask<CallToolResult>> OnCall { get; set; } =
        (call, _) => ValueTask.FromResult(Text($"{call.Arguments!["name"]} lives in Ulm"));

    public ConcurrentQueue<CallToolRequestParams> Calls { get; } = [];

    public ConcurrentQueue<string> Authorizations { get; } = [];

    public Uri Url => new($"{app.Urls.Single()}/mcp");

    public static CallToolResult Text(string text, bool isError = false) => new() { Content = [new TextContentBlock { Text = text }], IsError = isError };

    public static async Task<McpBackend> Start(bool isStateless = true)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        McpBackend backend = null!;
        builder.Services.AddMcpServer()
            .WithHttpTransport(options => options.Stateless = isStateless)
            .WithListToolsHandler((_, _) => ValueTask.FromResult(new ListToolsResult { Tools = [backend.Tool] }))
            .WithCallToolHandler((request, cancellationToken) =>
            {
                backend.Calls.Enqueue(request.Params!);
                return backend.OnCall(request.Params!, cancellationToken);
            });
        var app = builder.Build();
        app.Use((context, next) =>
        {
            backend.Authorizations.Enqueue(context.Request.Headers.Authorization.ToString());
            return next(context);
        });
        app.MapMcp("/mcp");
        backend = new(app);
        await app.StartAsync(Xunit.TestContext.Current.CancellationToken);
        return backend;
    }

    public static ToolDeclaration Declared(Uri url, ToolEffect effect = ToolEffect.Unkeyed) => new()
    {
        Name = "crm__find_customer",
        Effect = effect,
        Timeout = TimeSpan.FromMinutes(1),
        Target = new ToolTarget.Mcp("crm", "find_customer", url, "CRM_TOKEN", AllowPrivateNetwork: true),
    };

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }
}
