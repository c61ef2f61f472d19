using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace SessionGrains.Testing;

/// <summary>The operator's application that gets webhooks: a real server on loopback that writes down each and answers as the test says.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    public const string SecretVariable = "TEST_WEBHOOK_SECRET";
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    public const string Endpoint = "billing";

    private readonly WebApplication app;
    private readonly ConcurrentQueue<Received> got = [];

    private WebhookReceiver(WebApplication app) => this.app = app;

    /// <summary>What is answered, given the request. Every answer but a 2xx says that it was not taken.</summary>
    public Func<Received, int> Answer { get; set; } = _ => 204;

    /// <summary>Everything that arrived, in order.</summary>
    public IReadOnlyList<Received> Got => [.. got];

    /// <summary>What was taken, in order.</summary>
    public IReadOnlyList<Received> Taken => [.. got.Where(received => received.Status is >= 200 and < 300)];

    public Uri Url => new($"{app.Urls.Single()}/hooks");

    /// <summary>What a silo is told of it; others go beside it.</summary>
    public Dictionary<string, string?> Settings(string separator = ":") => new()
    {
        [$"SessionGrains{separator}Webhooks{separator}Endpoints{separator}{Endpoint}{separator}Url"] = Url.ToString(),
        [$"SessionGrains{separator}Webhooks{separator}Endpoints{separator}{Endpoint}{separator}AllowPrivateNetwork"] = "true",
        [$"SessionGrains{separator}Webhooks{separator}Endpoints{separator}{Endpoint}{separator}SigningSecretEnv"] = SecretVariable,
        [SecretVariable] = Secret,
    };

    public static async Task<WebhookReceiver> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        var receiver = new WebhookReceiver(builder.Build());
        receiver.app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            var received = new Received(context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()), body, 0);
            received = received with { Status = receiver.Answer(received) };
            receiver.got.Enqueue(received);
            context.Response.StatusCode = received.Status;
        });
        await receiver.app.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }

    /// <summary>One request, and what was answered.</summary>
    public sealed record Received(IReadOnlyDictionary<string, string> Headers, string Body, int Status)
    {
        public string Id => Headers["webhook-id"];

        public string Type => (string)Json["type"]!;

        public System.Text.Json.Nodes.JsonNode Data => Json["data"]!;

        public string Workflow => (string)Data["workflow"]!["id"]!;

        private System.Text.Json.Nodes.JsonNode Json => System.Text.Json.Nodes.JsonNode.Parse(Body)!;
    }
}
