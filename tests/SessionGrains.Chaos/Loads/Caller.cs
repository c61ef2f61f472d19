using System.Text.Json.Nodes;
using SessionGrains.Chaos.Oracle;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Chaos.Loads;

/// <summary>A user's browser that remembers everything it was told.</summary>
internal sealed class Caller(Uri api, string user, Action<Reply> remember) : IDisposable
{
    private readonly Browser browser = Browser.Of(user, api);

    /// <summary>Starts a workflow; null unless it was started.</summary>
    public async Task<JsonNode?> Start(string definition, string tag, string? key = null)
    {
        var body = new JsonObject
        {
            ["definition"] = definition,
            ["inputs"] = new JsonObject { ["customer"] = tag },
            ["metadata"] = new JsonObject { [Records.TagName] = tag },
        };
        JsonNode? started = null;
        await Ask(Oracle.Ask.Start, tag, () => browser.Send(HttpMethod.Post, "/v1/workflows", body.ToJsonString(), key), (answer, reply) =>
        {
            started = reply.IsYes ? answer.Json : null;
            return reply with { Workflow = (string?)started?["id"] };
        });
        return started;
    }

    /// <summary>Connects a call; its id, or null.</summary>
    public async Task<string?> Connect(JsonNode started, string tag) =>
        (await Ask(Oracle.Ask.Connect, tag, () => browser.Connect(started), (answer, reply) => reply with { Workflow = (string)started["id"]!, Call = reply.IsYes ? answer.CallId : null })).Call;

    /// <summary>Reports a call of the browser's own, in client secret mode.</summary>
    public Task<Reply> Report(JsonNode started, string tag, string call) =>
        Ask(Oracle.Ask.Connect, tag, () => browser.Report(started, call), (_, reply) => reply with { Workflow = (string)started["id"]!, Call = call });

    public Task<Reply> Relay(JsonNode started, string tag, string toolCall, string tool, int n) => Ask(
        Oracle.Ask.ToolCall,
        tag,
        () => browser.Send(HttpMethod.Post, $"/v1/workflows/{started["id"]}/tool_calls", new JsonObject { ["call_id"] = toolCall, ["name"] = tool, ["arguments"] = new JsonObject { ["n"] = n } }.ToJsonString()),
        (answer, reply) => reply with
        {
            Workflow = (string)started["id"]!,
            ToolCall = toolCall,
            Outcome = reply.Status is 200 ? ((string)answer.Json["status"]!).Replace("_", "", StringComparison.Ordinal) : null,
            Text = reply.Status is 200 ? answer.Json["output"]?.ToJsonString() : null,
        });

    /// <summary>Says that the page is still there. It is said again soon, so nobody minds what becomes of it.</summary>
    public async Task Beat(JsonNode started)
    {
        try
        {
            await browser.Send(HttpMethod.Post, $"/v1/workflows/{started["id"]}/heartbeat", "{}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
        }
    }

    public Task<Reply> End(JsonNode started, string tag) =>
        Ask(Oracle.Ask.End, tag, () => browser.End(started), (_, reply) => reply with { Workflow = (string)started["id"]! });

    public void Dispose() => browser.Dispose();

    private async Task<Reply> Ask(Ask what, string tag, Func<Task<Answer>> ask, Func<Answer, Reply, Reply> read)
    {
        var asked = TimeProvider.System.GetUtcNow();
        Reply reply;
        try
        {
            var answer = await ask();
            reply = read(answer, new Reply(what, tag, asked, TimeProvider.System.GetUtcNow(), (int)answer.Status)
            {
                Code = (int)answer.Status >= 300 ? answer.Code : null,
                HasRetryAfter = answer.Headers.RetryAfter is not null,
            });
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            // The API was gone: whether anything was done nobody knows here.
            reply = new Reply(what, tag, asked, TimeProvider.System.GetUtcNow(), 0);
        }

        remember(reply);
        return reply;
    }
}
