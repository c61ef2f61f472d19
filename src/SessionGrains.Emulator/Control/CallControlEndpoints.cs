using System.Globalization;
using System.Text.Json.Nodes;
using SessionGrains.Emulator.Calls;
using SessionGrains.Emulator.Http;

namespace SessionGrains.Emulator.Control;

/// <summary>Shows the live calls, ends them, and cuts their sidebands.</summary>
internal static class CallControlEndpoints
{
    public static void MapCallControl(this RouteGroupBuilder control)
    {
        control.MapGet("/calls", (CallRegistry calls) => Json.Result(new JsonArray([.. calls.Live.Select(View)])));
        control.MapGet("/calls/{id}", (string id, CallRegistry calls) => calls.Find(id) is { } call ? Json.Result(View(call)) : Results.NotFound());
        control.MapGet("/calls/{id}/session", (string id, CallRegistry calls) => calls.Find(id) is { } call ? Json.Result(SessionOf(call)) : Results.NotFound());
        control.MapPost("/calls/{id}/end", End);
        control.MapPost("/calls/{id}/sidebands/close", CloseSidebands);
        control.MapPlay();
    }

    private static IResult End(string id, CallRegistry calls)
    {
        if (calls.Find(id) is not { } call)
        {
            return Results.NotFound();
        }

        calls.End(call, "browser_left");
        return Results.NoContent();
    }

    private static async Task<IResult> CloseSidebands(string id, HttpRequest request, CallRegistry calls)
    {
        if (calls.Find(id) is not { } call)
        {
            return Results.NotFound();
        }

        if (await Json.ReadObject(request) is not { } body || body["code"] is { } given and not JsonValue)
        {
            return ControlEndpoints.Wrong("The body may have a code and a reason; without a code the sockets are cut.");
        }

        call.Session.CloseSidebands((int?)body["code"], (string?)body["reason"] ?? "");
        return Results.NoContent();
    }

    private static JsonObject View(Call call) => new()
    {
        ["id"] = call.Id,
        ["call_id"] = call.Offer is null ? null : call.Id,
        ["session_id"] = call.Session.Id,
        ["created_at"] = call.CreatedAt.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        ["created_with"] = call.Owner.Kind,
        ["secret_id"] = call.Owner.Secret?.Id,
        ["state"] = call.IsHangingUp ? "hanging_up" : "live",
        ["sidebands"] = call.Session.Sidebands,
        ["has_data_channel"] = call.Offer?.HasDataChannel,
        ["scenario"] = call.Session.Player.Name,
    };

    private static JsonNode SessionOf(Call call)
    {
        JsonNode? copy = null;
        call.Session.Do(() => copy = call.Session.Configuration.DeepClone());
        return copy ?? new JsonObject();
    }
}
