using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace SessionGrains.Browser.Tests.Pretended;

/// <summary>The addresses of the pretended API.</summary>
internal sealed partial class PretendApi
{
    private static readonly Dictionary<string, string> Modes = new()
    {
        ["voice-intake"] = "brokered",
        ["sealed-intake"] = "sealed",
        ["direct-intake"] = "client_secret",
    };

    private void Map(WebApplication app)
    {
        app.MapPost("/v1/workflows", (Delegate)StartWorkflow);
        app.MapGet("/v1/workflows/{id}", (string id, HttpContext http) => On(id, http, workflow => Results.Json(View(workflow))));
        app.MapPost("/v1/workflows/{id}/client_secret", (string id, HttpContext http) => OnAsync(id, http, workflow => Renew(workflow, http)));
        app.MapPost("/v1/workflows/{id}/call", (string id, HttpContext http) => OnAsync(id, http, workflow => ReportCall(workflow, http)));
        app.MapPost("/v1/workflows/{id}/heartbeat", (string id, HttpContext http) => On(id, http, workflow =>
            workflow.Status == "ended" ? PretendProblem.Of(410, "workflow_ended", http) : Results.NoContent()));
        app.MapPost("/v1/workflows/{id}/end", (string id, HttpContext http) => OnAsync(id, http, async workflow =>
        {
            await HangUp(workflow);
            workflow.End("user_ended");
            workflow.Tell("workflow.ended", View(workflow));
            return Results.Json(View(workflow));
        }));
        app.MapPost("/v1/workflows/{id}/tool_calls", (string id, HttpContext http) => OnAsync(id, http, workflow => CallTool(workflow, http)));
        app.MapGet("/v1/workflows/{id}/tool_calls/{call}", (string id, string call, HttpContext http) => On(id, http, workflow => Results.Json(workflow.ToolCalls[call])));
        app.MapPost("/v1/workflows/{id}/tool_calls/{call}/approval", (string id, string call, HttpContext http) => OnAsync(id, http, workflow => Decide(workflow, call, http)));
        app.MapGet("/v1/workflows/{id}/events", (string id, HttpContext http) => OnAsync(id, http, workflow => Stream(workflow, http)));
        app.MapPost("/v1/realtime/calls", (Delegate)CreateCall);
    }

    private IResult On(string id, HttpContext http, Func<PretendWorkflow, IResult> act) =>
        workflows.TryGetValue(id, out var workflow) ? act(workflow) : PretendProblem.Of(404, "not_found", http);

    private async Task<IResult> OnAsync(string id, HttpContext http, Func<PretendWorkflow, Task<IResult>> act) =>
        workflows.TryGetValue(id, out var workflow) ? await act(workflow) : PretendProblem.Of(404, "not_found", http);

    private async Task<IResult> StartWorkflow(HttpContext http)
    {
        var body = await http.Request.ReadFromJsonAsync<JsonObject>();
        if (body!.Any(member => member.Key is not ("definition" or "inputs" or "metadata")))
        {
            return PretendProblem.Of(400, "invalid_request", http);
        }

        if (!Modes.TryGetValue((string?)body!["definition"] ?? "", out var mode))
        {
            return PretendProblem.Of(404, "definition_not_found", http);
        }

        var key = (string?)http.Request.Headers["Idempotency-Key"] ?? Guid.NewGuid().ToString();
        var isNew = keys.TryAdd(key, $"wf_{Guid.NewGuid():N}");
        var id = keys[key];
        var workflow = newest = workflows.GetOrAdd(id, _ => new(id, (string)body["definition"]!, mode, mode == "client_secret" ? $"{emulator.BaseUrl}/realtime/calls" : $"{Url}/v1/realtime/calls"));
        var answer = await WithSecret(workflow);
        http.Response.Headers.CacheControl = "no-store";
        return Results.Json(answer, statusCode: isNew ? 201 : 200);
    }

    private async Task<JsonObject> WithSecret(PretendWorkflow workflow)
    {
        workflow.Secrets++;
        var answer = View(workflow);
        if (workflow.Mode == "client_secret")
        {
            var minted = await Mint();
            workflow.Key = (string)minted["value"]!;
            answer["client_secret"] = new JsonObject { ["value"] = workflow.Key, ["expires_at"] = (long)minted["expires_at"]! };
        }
        else
        {
            var secret = $"ek_sg_{Guid.NewGuid():N}";
            secrets[secret] = workflow;
            answer["client_secret"] = new JsonObject { ["value"] = secret, ["expires_at"] = TimeProvider.System.GetUtcNow().AddSeconds(30).ToUnixTimeSeconds() };
        }

        return answer;
    }

    private async Task<IResult> Renew(PretendWorkflow workflow, HttpContext http) => workflow switch
    {
        { Status: "ended" } => PretendProblem.Of(410, "workflow_ended", http),
        _ when workflow.Secrets >= MaxSecrets => PretendProblem.Of(429, "quota_exceeded", http),
        _ => Results.Json(await WithSecret(workflow)),
    };

    private async Task<IResult> ReportCall(PretendWorkflow workflow, HttpContext http)
    {
        var body = (await http.Request.ReadFromJsonAsync<JsonObject>())!;
        if (workflow.Mode != "client_secret")
        {
            return PretendProblem.Of(409, "workflow_not_connectable", http);
        }

        if (body.Count != 1 || (string?)body["call_id"] is not { } call || !call.StartsWith("rtc_", StringComparison.Ordinal))
        {
            return PretendProblem.Of(400, "invalid_request", http);
        }

        workflow.Activate(call);
        workflow.Tell("workflow.updated", View(workflow));
        return Results.Json(View(workflow));
    }

    private async Task<IResult> CreateCall(HttpContext http)
    {
        var secret = http.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
        if (!secrets.TryGetValue(secret, out var workflow))
        {
            return PretendProblem.Of(401, "invalid_client_secret", http);
        }

        if (!used.TryAdd(secret, workflow))
        {
            return PretendProblem.Of(409, "client_secret_used", http);
        }

        if (http.Request.ContentType != "application/sdp")
        {
            return PretendProblem.Of(415, "unsupported_media_type", http);
        }

        var offer = await new StreamReader(http.Request.Body).ReadToEndAsync();
        if (workflow.Mode == "sealed" && (offer.Contains("m=application", StringComparison.Ordinal) || offer.Contains("m=video", StringComparison.Ordinal)))
        {
            return PretendProblem.Of(422, "data_channel_not_allowed", http);
        }

        await HangUp(workflow);
        using var form = new MultipartFormDataContent { { new StringContent(offer, new MediaTypeHeaderValue("application/sdp")), "sdp" }, { new StringContent(Session()["session"]!.ToJsonString(), new MediaTypeHeaderValue("application/json")), "session" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{emulator.BaseUrl}/realtime/calls") { Content = form };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "sk-emulator");
        using var created = await this.http.SendAsync(request);
        workflow.Control = "full";
        workflow.Activate(created.Headers.Location!.OriginalString.Split('/')[^1]);
        workflow.Tell("workflow.updated", View(workflow));
        http.Response.Headers.Location = $"/v1/realtime/calls/{workflow.CallId}";
        return Results.Text(await created.Content.ReadAsStringAsync(), "application/sdp", statusCode: 201);
    }

    private async Task<IResult> CallTool(PretendWorkflow workflow, HttpContext http)
    {
        var body = (await http.Request.ReadFromJsonAsync<JsonObject>())!;
        if (workflow.Mode != "client_secret")
        {
            return PretendProblem.Of(403, "relay_not_allowed", http);
        }

        if (!body.Select(member => member.Key).Order().SequenceEqual(["arguments", "call_id", "name"]))
        {
            return PretendProblem.Of(400, "invalid_request", http);
        }

        // The same call runs once, however often it is relayed.
        if (!workflow.ToolCalls.TryGetValue((string)body["call_id"]!, out var call))
        {
            call = ToolCall(workflow, (string)body["call_id"]!, (string)body["name"]!, RunTool((string)body["name"]!));
            workflow.ToolCalls[(string)body["call_id"]!] = call;
            workflow.Tell((string?)call["status"] == "pending_approval" ? "approval.requested" : "tool_call.updated", call.DeepClone());
        }

        return Results.Json(call, statusCode: (string?)call["status"] == "pending_approval" ? 202 : 200);
    }

    /// <summary>A tool call object as the contract has it.</summary>
    public static JsonObject ToolCall(PretendWorkflow workflow, string callId, string name, JsonObject outcome)
    {
        var call = new JsonObject
        {
            ["object"] = "tool_call",
            ["workflow_id"] = workflow.Id,
            ["call_id"] = callId,
            ["name"] = name,
            ["arguments_hash"] = "sha256:0f1e2d",
            ["status"] = "running",
            ["output"] = null,
            ["error"] = null,
            ["created_at"] = TimeProvider.System.GetUtcNow().ToString("O"),
            ["completed_at"] = null,
            ["source"] = workflow.Mode == "client_secret" ? "relay" : "sideband",
        };
        foreach (var (member, value) in outcome)
        {
            call[member] = value?.DeepClone();
        }

        return call;
    }

    private static async Task<IResult> Decide(PretendWorkflow workflow, string callId, HttpContext http)
    {
        var body = (await http.Request.ReadFromJsonAsync<JsonObject>())!;
        var call = workflow.ToolCalls[callId];
        if ((string?)body["arguments_hash"] != (string?)call["arguments_hash"] || (string?)call["status"] != "pending_approval")
        {
            return PretendProblem.Of(409, "tool_call_conflict", http);
        }

        call.Remove("approve_by");
        (call["status"], call["output"]) = (string?)body["decision"] == "approve" ? ("completed", """{"refunded":true}""") : ("denied", null);
        workflow.Tell("tool_call.updated", call.DeepClone());
        return Results.Json(call);
    }

    private async Task<IResult> Stream(PretendWorkflow workflow, HttpContext http)
    {
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        var after = long.TryParse(http.Request.Headers["Last-Event-ID"], out var id) ? id : (long?)null;
        await foreach (var (eventId, type, data) in workflow.Listen(after, View(workflow)).ReadAllAsync(http.RequestAborted))
        {
            // In pieces, as networks deliver them.
            await http.Response.WriteAsync($": still there\n\nevent: {type}\nid: {eventId}\nda", http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await http.Response.WriteAsync($"ta: {data}\n\n", http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            if (type == "workflow.ended")
            {
                break;
            }
        }

        return Results.Empty;
    }
}
