using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SessionGrains.Emulator;

namespace SessionGrains.Browser.Tests.Pretended;

/// <summary>The HTTP contract as a browser meets it, as strict as its page, over real calls at an emulator. It has no rules of its own.</summary>
internal sealed partial class PretendApi : IAsyncDisposable
{
    public const string Token = "token-of-ada";

    private readonly WebApplication app;
    private readonly EmulatorHost emulator;
    private readonly HttpClient http = new();
    private readonly ConcurrentDictionary<string, PretendWorkflow> workflows = new();
    private readonly ConcurrentDictionary<string, string> keys = new();
    private readonly ConcurrentDictionary<string, PretendWorkflow> secrets = new();
    private readonly ConcurrentDictionary<string, PretendWorkflow> used = new();
    private readonly ConcurrentQueue<SeenRequest> seen = new();
    private readonly Lock gate = new();
    private readonly List<Fault> faults = [];
    private readonly List<Pause> pauses = [];
    private PretendWorkflow? newest;

    private PretendApi(WebApplication app, EmulatorHost emulator) => (this.app, this.emulator) = (app, emulator);

    public string Url => app.Urls.Single();

    public int HeartbeatSeconds { get; set; }

    public int MaxSecrets { get; set; } = 3;

    /// <summary>What a tool call is answered with; by default it completes at once.</summary>
    public Func<string, JsonObject> RunTool { get; set; } = _ => new JsonObject { ["status"] = "completed", ["output"] = """{"status":"shipped"}""" };

    public IReadOnlyList<SeenRequest> Seen => [.. seen];

    /// <summary>The workflow that was started last.</summary>
    public PretendWorkflow Workflow => newest ?? throw new InvalidOperationException("Nothing was started.");

    public int Count => workflows.Count;

    public static async Task<PretendApi> Start(EmulatorHost emulator, string? pageOrigin, Action<WebApplication>? serveMore = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins(pageOrigin is null ? [] : [pageOrigin])
            .WithMethods("GET", "POST")
            .WithHeaders("authorization", "content-type", "idempotency-key", "last-event-id", "x-openai-agents-sdk")
            .WithExposedHeaders("Location", "Retry-After", "Idempotent-Replayed")));
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var api = new PretendApi(app, emulator);
        app.UseCors();
        app.Use(api.Watch);
        api.Map(app);
        serveMore?.Invoke(app);
        await app.StartAsync();
        return api;
    }

    /// <summary>Plans one fault.</summary>
    public void Fail(Fault fault)
    {
        lock (gate)
        {
            faults.Add(fault);
        }
    }

    /// <summary>Thinks about such requests until this is disposed of, so that one can look at a page that waits.</summary>
    /// <param name="end">The end of their path.</param>
    public IDisposable Think(string end)
    {
        var pause = new Pause(end);
        lock (gate)
        {
            pauses.Add(pause);
        }

        return pause;
    }

    public IReadOnlyList<SeenRequest> SeenAt(string end) => [.. Seen.Where(request => request.Path.EndsWith(end, StringComparison.Ordinal))];

    /// <summary>Ends a workflow as the server does: hang up, then say so.</summary>
    /// <param name="call">What became of its call.</param>
    public async Task EndByServer(string reason, string call = "confirmed")
    {
        await HangUp(Workflow);
        Workflow.End(reason, call);
        Workflow.Tell("workflow.ended", View(Workflow));
    }

    /// <summary>Knows nothing of the workflow any more.</summary>
    public void Forget() => workflows.TryRemove(Workflow.Id, out _);

    /// <summary>Hangs the call up without a word.</summary>
    public async Task HangUp(PretendWorkflow workflow)
    {
        if (workflow.CallId is { } call)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{emulator.BaseUrl}/realtime/calls/{call}/hangup");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", workflow.Key);
            using var answer = await http.SendAsync(request);
        }
    }

    public JsonObject View(PretendWorkflow workflow) => workflow.View(HeartbeatSeconds);

    public async ValueTask DisposeAsync()
    {
        foreach (var workflow in workflows.Values)
        {
            workflow.BreakStreams();
        }

        await app.DisposeAsync();
        http.Dispose();
    }

    /// <summary>Writes every request down, knows who asks, and does what was planned instead.</summary>
    private async Task Watch(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal))
        {
            await next(context);
            return;
        }

        context.Request.EnableBuffering();
        var body = await new StreamReader(context.Request.Body, leaveOpen: true).ReadToEndAsync();
        context.Request.Body.Position = 0;
        var headers = context.Request.Headers;
        seen.Enqueue(new(context.Request.Method, context.Request.Path, headers["Idempotency-Key"], headers["Last-Event-ID"], body));

        Fault? fault;
        Task thought;
        lock (gate)
        {
            thought = Task.WhenAll(pauses.Where(pause => pause.Covers(context.Request.Path)).Select(pause => pause.Over));
            fault = faults.FirstOrDefault(planned => context.Request.Path.Value!.EndsWith(planned.Path, StringComparison.Ordinal));
            faults.Remove(fault!);
        }

        await thought.WaitAsync(context.RequestAborted);
        if (fault is { Act: false, Status: 0 })
        {
            context.Abort();
        }
        else if (fault is { Act: false })
        {
            await PretendProblem.Of(fault.Status, fault.Code, context, fault.RetryAfter).ExecuteAsync(context);
        }
        else if (!context.Request.Path.StartsWithSegments("/v1/realtime", StringComparison.Ordinal) && headers.Authorization != $"Bearer {Token}")
        {
            await PretendProblem.Of(401, "unauthenticated", context).ExecuteAsync(context);
        }
        else
        {
            // A reply that is lost: all is done, and then the connection is gone.
            var original = context.Response.Body;
            if (fault is not null)
            {
                context.Response.Body = new MemoryStream();
            }

            await next(context);
            if (fault is not null)
            {
                context.Response.Body = original;
                context.Abort();
            }
        }
    }

    private async Task<JsonObject> Mint()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{emulator.BaseUrl}/realtime/client_secrets") { Content = JsonContent.Create(Session()) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "sk-emulator");
        using var answer = await http.SendAsync(request);
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private static JsonObject Session() => new()
    {
        ["session"] = JsonNode.Parse("""
            {"type":"realtime","model":"gpt-realtime-2.1","instructions":"CANARY-INSTRUCTIONS","audio":{"input":{"transcription":{"model":"gpt-4o-mini-transcribe"}}},"tools":[
              {"type":"function","name":"lookup_order","description":"Finds an order.","parameters":{"type":"object","properties":{"order_id":{"type":"string","description":"CANARY-SCHEMA"}}}}]}
            """),
    };
}
