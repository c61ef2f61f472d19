using System.Security.Claims;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace SessionGrains.Bench.Minimal;

/// <summary>The sessions over HTTP.</summary>
internal static class SessionEndpoints
{
    public const string Permission = "voice.start";

    private const int LongestId = 128;

    /// <summary>What a session may be started from: how long it may last, and how many of them a user may have.</summary>
    private static readonly Dictionary<string, (TimeSpan Lasts, int PerUser)> Definitions = new()
    {
        ["voice"] = (TimeSpan.FromMinutes(15), 1000),
        ["short"] = (TimeSpan.FromSeconds(8), 1000),
    };

    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var sessions = routes.MapGroup("/sessions").RequireAuthorization(Permission);
        sessions.MapPost("/", Start);
        sessions.MapPost("/{id}/call", Call);
        sessions.MapPost("/{id}/tools", Tool);
        sessions.MapPost("/{id}/end", End);
    }

    private static async Task<Results<Created<Started>, ProblemHttpResult>> Start(
        StartRequest request, ClaimsPrincipal user, SessionTable sessions, RealtimeApi openAI, CancellationToken cancellationToken)
    {
        if (!Definitions.TryGetValue(request.Definition, out var definition))
        {
            return Refuse(404, "definition_not_found");
        }

        var id = $"s_{Guid.NewGuid():n}";
        if (!await sessions.Start(id, Owner(user), definition.Lasts, definition.PerUser))
        {
            return Refuse(429, "quota_exceeded");
        }

        try
        {
            return TypedResults.Created($"/sessions/{id}", new Started(id, await openAI.Mint(Owner(user), cancellationToken)));
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            await sessions.Finish(id, "failed");
            return Refuse(502, "provider_unavailable");
        }
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Call(string id, CallRequest request, ClaimsPrincipal user, SessionTable sessions)
    {
        if (!request.CallId.StartsWith("rtc_", StringComparison.Ordinal) || !IsId(request.CallId))
        {
            return Refuse(400, "invalid_call_id");
        }

        return await sessions.Connect(id, Owner(user), request.CallId) ? TypedResults.NoContent()
            : await sessions.StateOf(id, Owner(user)) is null ? Refuse(404, "not_found")
            : Refuse(409, "call_taken");
    }

    private static async Task<Results<Ok<ToolAnswer>, ProblemHttpResult>> Tool(
        string id, ToolRequest request, ClaimsPrincipal user, SessionTable sessions, ToolCallTable calls, ToolApi tools)
    {
        if (!IsId(request.CallId))
        {
            return Refuse(400, "invalid_call_id");
        }

        if (request.Name is not "keyed_it")
        {
            return Refuse(403, "tool_not_allowed");
        }

        if (request.Arguments.Count is not 1 || request.Arguments["n"] is not JsonValue n || !n.TryGetValue(out int count) || count < 0)
        {
            return Refuse(422, "invalid_tool_arguments");
        }

        var arguments = request.Arguments.ToJsonString();
        if (!await calls.Begin(id, Owner(user), request.CallId, request.Name, arguments))
        {
            var state = await sessions.StateOf(id, Owner(user));
            var earlier = state is null ? null : await calls.Find(id, request.CallId, request.Name, arguments);
            if (state is null || earlier is null or { IsSame: false } or { Output: not null })
            {
                return state is null ? Refuse(404, "not_found")
                    : earlier is null ? Refuse(409, state is "ready" ? "not_connected" : "session_ended")
                    : !earlier.IsSame ? Refuse(409, "tool_call_conflict")
                    : TypedResults.Ok(new ToolAnswer(earlier.Output!));
            }

            // Whoever began it is gone; the tool honours the key, so that it can be sent again.
            if (!await calls.BeginAgain(id, request.CallId))
            {
                return Refuse(409, "tool_call_running");
            }
        }

        try
        {
            // A caller who goes away does not leave the outcome unrecorded.
            var output = await tools.Run(request.Name, id, request.CallId, request.Arguments, Owner(user), CancellationToken.None);
            await calls.Record(id, request.CallId, output);
            return TypedResults.Ok(new ToolAnswer(output));
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            return Refuse(502, "tool_unavailable");
        }
    }

    private static async Task<Results<Ok<Ended>, ProblemHttpResult>> End(string id, ClaimsPrincipal user, SessionTable sessions, Ending ending)
    {
        if (await sessions.End(id, Owner(user)) is { } owed)
        {
            await ending.Settle(owed);
            return TypedResults.Ok(new Ended(id, "ended"));
        }

        return await sessions.StateOf(id, Owner(user)) is { } state ? TypedResults.Ok(new Ended(id, state)) : Refuse(404, "not_found");
    }

    private static string Owner(ClaimsPrincipal user) => $"{user.FindFirstValue("tid")}/{user.FindFirstValue("sub")}";

    private static bool IsId(string id) => id.Length is > 0 and <= LongestId && id.All(one => char.IsAsciiLetterOrDigit(one) || one is '_' or '-' or '.');

    private static ProblemHttpResult Refuse(int status, string code) =>
        TypedResults.Problem(statusCode: status, extensions: [new("code", code)]);

    internal sealed record StartRequest(string Definition);

    internal sealed record Started(string Id, string Secret);

    internal sealed record CallRequest([property: JsonPropertyName("call_id")] string CallId);

    internal sealed record ToolRequest(
        [property: JsonPropertyName("call_id")] string CallId, string Name, JsonObject Arguments);

    internal sealed record ToolAnswer(string Output);

    internal sealed record Ended(string Id, string Status);
}
