using System.Globalization;
using System.Text.Json.Nodes;
using SessionGrains.Emulator.Calls;
using SessionGrains.Emulator.Http;

namespace SessionGrains.Emulator.Control;

/// <summary>Shows the live calls, and plays the part of the browser's end of one.</summary>
internal static class CallControlEndpoints
{
    public static void MapCallControl(this RouteGroupBuilder control)
    {
        control.MapGet("/calls", List);
        control.MapPost("/calls/{id}/end", End);
    }

    private static IResult List(CallRegistry calls) => Json.Result(new JsonArray([.. calls.Live.Select(View)]));

    private static IResult End(string id, CallRegistry calls)
    {
        if (calls.Find(id) is not { } call)
        {
            return Results.NotFound();
        }

        calls.End(call, "browser_left");
        return Results.NoContent();
    }

    private static JsonNode View(Call call) => new JsonObject
    {
        ["call_id"] = call.Id,
        ["session_id"] = call.Session.Id,
        ["created_at"] = call.CreatedAt.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        ["created_with"] = call.Owner.Kind,
        ["secret_id"] = call.Owner.Secret?.Id,
        ["state"] = call.IsHangingUp ? "hanging_up" : "live",
    };
}
