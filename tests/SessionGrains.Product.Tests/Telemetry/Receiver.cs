using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SessionGrains.Product.Tests.Telemetry;

/// <summary>A collector that keeps every byte that it is sent over OTLP; and, at another address, a tool that answers with a secret.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<(string Signal, byte[] Bytes)> received = [];

    private Receiver(WebApplication app) => this.app = app;

    public Uri Url => new(app.Urls.Single());

    public Uri ToolUrl => new(Url, $"/tools/{Canaries.ToolPath}");

    /// <summary>The headers that the tool got, all in one text.</summary>
    public ConcurrentQueue<string> ToolHeaders { get; } = [];

    public static async Task<Receiver> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        var receiver = new Receiver(builder.Build());
        receiver.app.MapPost("/v1/{signal}", receiver.Keep);
        receiver.app.MapPost("/tools/{path}", receiver.Answer);
        await receiver.app.StartAsync();
        return receiver;
    }

    /// <summary>All of one signal: <c>traces</c>, <c>metrics</c> or <c>logs</c>.</summary>
    public byte[] All(string signal) => [.. received.Where(request => request.Signal == signal).SelectMany(request => request.Bytes)];

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task<IResult> Keep(string signal, HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        received.Enqueue((signal, body.ToArray()));
        return Results.Bytes([], "application/x-protobuf");
    }

    private IResult Answer(HttpRequest request)
    {
        ToolHeaders.Enqueue(string.Join('\n', request.Headers.Select(header => $"{header.Key}: {header.Value}")));
        return Results.Json(new { answer = Canaries.Output });
    }
}
