using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SessionGrains.Testing.Hosts;

/// <summary>An application's tools over HTTP, with a ledger of its own that is on disk before anybody gets an answer: the truth about effects.</summary>
internal sealed class ToolBackend : IAsyncDisposable
{
    public const string SecretVariable = "TEST_TOOL_SECRET";
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private readonly WebApplication app;
    private readonly FileStream file;
    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<string, Lazy<Entry>> effects = [];
    private readonly ConcurrentQueue<Entry> entries = [];

    private ToolBackend(WebApplication app, FileStream file) => (this.app, this.file) = (app, file);

    /// <summary>How long an answer takes, in milliseconds: from, up to.</summary>
    public (int From, int To) Delay { get; set; } = (0, 0);

    /// <summary>Everything that arrived, in order.</summary>
    public IReadOnlyList<Entry> Entries => [.. entries];

    /// <summary>Every effect that it had, once per idempotency key where the tool honours one.</summary>
    public IReadOnlyCollection<Entry> Effects => [.. effects.Values.Select(effect => effect.Value)];

    public Uri Url => new(app.Urls.Single());

    /// <param name="url">Where it listens; a free port unless given.</param>
    /// <param name="ledgerFile">The ledger, to stay when the backend goes; a file that goes with it unless given.</param>
    public static async Task<ToolBackend> StartAsync(string url = "http://127.0.0.1:0", string? ledgerFile = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls(url);
        var file = new FileStream(
            ledgerFile ?? Path.GetTempFileName(), FileMode.Append, FileAccess.Write, FileShare.Read, 1, ledgerFile is null ? FileOptions.DeleteOnClose : FileOptions.None);
        var backend = new ToolBackend(builder.Build(), file);
        backend.app.MapPost("/{tool}", backend.Answer);
        backend.app.MapPost("/control/delay/{from:int}/{to:int}", (int from, int to) => { backend.Delay = (from, to); });
        backend.app.MapGet("/readyz", () => Results.Ok());
        await backend.app.StartAsync();
        return backend;
    }

    /// <summary>A tool file for one of its tools.</summary>
    public string Declare(string tool, string effect, int timeoutSeconds = 10, bool endsWorkflow = false) =>
        Declare(Url, tool, effect, timeoutSeconds, endsWorkflow);

    /// <summary>A tool file for a tool of the backend at an address.</summary>
    public static string Declare(Uri url, string tool, string effect, int timeoutSeconds = 10, bool endsWorkflow = false) => new JsonObject
    {
        ["name"] = tool,
        ["description"] = $"The {effect} tool of the tests.",
        ["parameters"] = JsonNode.Parse("""{"type":"object","properties":{"n":{"type":"integer","minimum":0}},"required":["n"],"additionalProperties":false}"""),
        ["effect"] = effect,
        ["timeout_seconds"] = timeoutSeconds,
        ["ends_workflow"] = endsWorkflow,
        ["http"] = new JsonObject { ["url"] = new Uri(url, tool).ToString(), ["signing_secret_env"] = SecretVariable, ["allow_private_network"] = true },
    }.ToJsonString();

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await file.DisposeAsync();
    }

    private async Task<IResult> Answer(string tool, HttpRequest request)
    {
        var body = (await JsonNode.ParseAsync(request.Body))!;
        var entry = new Entry(
            tool,
            (string)body["workflow_id"]!,
            (string)body["call_id"]!,
            (string)request.Headers["Idempotency-Key"]!,
            body["arguments"]!.ToJsonString(),
            TimeProvider.System.GetUtcNow());
        Write("received", entry);
        entries.Enqueue(entry);
        // A keyed tool has its effect once per key; the others have one each time they are asked.
        var effect = effects.GetOrAdd(tool.StartsWith("keyed", StringComparison.Ordinal) ? entry.Key : $"{entries.Count}/{Guid.NewGuid():n}", _ => new(() => Write("effect", entry))).Value;
        var (from, to) = Delay;
        await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(from, to + 1)), TimeProvider.System, request.HttpContext.RequestAborted);
        return Results.Json(new { tool, n = (int)JsonNode.Parse(effect.Arguments)!["n"]!, effect = effect.CallId });
    }

    private Entry Write(string kind, Entry entry)
    {
        lock (gate)
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes($"{kind} {entry.Tool} {entry.Workflow} {entry.CallId} {entry.Key} {entry.At:O}\n"));
            file.Flush(flushToDisk: true);
        }

        return entry;
    }

    /// <summary>One request.</summary>
    internal sealed record Entry(string Tool, string Workflow, string CallId, string Key, string Arguments, DateTimeOffset At);
}
