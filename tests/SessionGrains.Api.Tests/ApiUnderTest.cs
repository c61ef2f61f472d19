using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionGrains.Api.Cluster;

namespace SessionGrains.Api.Tests;

/// <summary>The API as a host serves it, over real HTTP on a port of its own; only the grains behind it are pretended.</summary>
public sealed class ApiUnderTest : IAsyncLifetime
{
    private readonly Dictionary<string, string?> settings = new()
    {
        ["Authentication:Schemes:Bearer:ValidIssuer"] = Token.Issuer,
        ["Authentication:Schemes:Bearer:ValidAudiences:0"] = Token.Audience,
        ["Authentication:Schemes:Bearer:SigningKeys:0:Issuer"] = Token.Issuer,
        ["Authentication:Schemes:Bearer:SigningKeys:0:Value"] = Convert.ToBase64String(Token.Key),
        ["SessionGrains:Cors:Origins:0"] = Origin,
        ["Logging:LogLevel:Default"] = "Trace",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace",
        ["Logging:LogLevel:Microsoft.AspNetCore.Hosting"] = "Trace",
    };

    private readonly TaskCompletionSource listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Action<WebApplicationBuilder> arrange = _ => { };
    private WebApplication? app;

    public const string Origin = "https://app.example.test";

    internal FakeGrains Grains { get; } = new();

    public WatchedClock Clock { get; } = new(Token.Noon);

    public ConcurrentQueue<string> Log { get; } = new();

    public HttpClient Client { get; private set; } = null!;

    public IServiceProvider Services => app!.Services;

    /// <summary>Completes when the server takes requests, which may be long before the host has started.</summary>
    public Task Listening => listening.Task;

    internal static Task<ApiUnderTest> Start(params ReadOnlySpan<(string Key, string? Value)> settings) => Start(Unstarted(_ => { }, settings));

    internal static Task<ApiUnderTest> Start(Action<WebApplicationBuilder> arrange) => Start(Unstarted(arrange));

    internal static ApiUnderTest Unstarted(Action<WebApplicationBuilder> arrange, params ReadOnlySpan<(string Key, string? Value)> settings)
    {
        var api = new ApiUnderTest { arrange = arrange };
        foreach (var (key, value) in settings)
        {
            if (value is null)
            {
                api.settings.Remove(key);
            }
            else
            {
                api.settings[key] = value;
            }
        }

        return api;
    }

    /// <summary>Puts a real client of a real silo in the place of the pretended grains.</summary>
    internal static Action<WebApplicationBuilder> OfCluster(LoopbackCluster cluster) => builder =>
    {
        builder.Services.RemoveAll<IGrainFactory>();
        builder.AddClusterClient(client => client.UseLocalhostClustering(cluster.GatewayPort, "sessiongrains", "sessiongrains"));
    };

    ValueTask IAsyncLifetime.InitializeAsync() => new(StartAsync());

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Logging.ClearProviders().AddProvider(new ListLog(Log, NoteAddress));
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.Services.AddSingleton<IGrainFactory>(Grains);
        // A stream that does not close fails its test; nobody has to wait for it as long as in production.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(3));
        builder.AddSessionGrainsApi();
        arrange(builder);
        app = builder.Build();
        app.MapSessionGrainsApi();
        await app.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (app is not null)
        {
            await app.DisposeAsync();
        }
    }

    /// <summary>Sends one request; the body, if any, as JSON unless another type is named.</summary>
    public Task<HttpResponseMessage> Send(
        string method, string path, string? token = null, string? body = null, string? contentType = "application/json",
        params (string Name, string Value)[] headers) =>
        Send(method, path, token, body is null ? null : Content(body, contentType), headers);

    /// <summary>Asks for something that may never end, and returns when its head is there.</summary>
    public Task<HttpResponseMessage> Open(string path, string? token, params (string Name, string Value)[] headers) =>
        Send("GET", path, token, null, HttpCompletionOption.ResponseHeadersRead, headers);

    public Task<HttpResponseMessage> Send(
        string method, string path, string? token, HttpContent? content, params (string Name, string Value)[] headers) =>
        Send(method, path, token, content, HttpCompletionOption.ResponseContentRead, headers);

    private async Task<HttpResponseMessage> Send(
        string method, string path, string? token, HttpContent? content, HttpCompletionOption until, (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Client.SendAsync(request, until, TestContext.Current.CancellationToken);
    }

    private static ByteArrayContent Content(string body, string? contentType)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        return content;
    }

    private static async Task<ApiUnderTest> Start(ApiUnderTest api)
    {
        await api.StartAsync();
        return api;
    }

    private void NoteAddress(string line)
    {
        const string Said = "Now listening on: ";
        if (line.StartsWith(Said, StringComparison.Ordinal))
        {
            var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 };
            Client = new HttpClient(handler) { BaseAddress = new(line[Said.Length..]), Timeout = TimeSpan.FromSeconds(30) };
            listening.TrySetResult();
        }
    }
}
