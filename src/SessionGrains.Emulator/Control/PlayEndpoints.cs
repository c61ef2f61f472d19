using System.Text.Json;
using System.Text.Json.Nodes;
using SessionGrains.Emulator.Calls;
using SessionGrains.Emulator.Http;
using SessionGrains.Emulator.Scenarios;

namespace SessionGrains.Emulator.Control;

/// <summary>Plays the parts of a call that a test has nobody for: the user, the browser, the model, OpenAI at its oddest.</summary>
internal static class PlayEndpoints
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static void MapPlay(this RouteGroupBuilder control)
    {
        control.MapPost("/calls/{id}/speech", Speak);
        control.MapPost("/calls/{id}/respond", Respond);
        control.MapPost("/calls/{id}/turns", AddTurns);
        control.MapPost("/calls/{id}/scenario", ChangeScenario);
        control.MapPost("/calls/{id}/browser_events", ActAsBrowser);
        control.MapPost("/calls/{id}/events", Inject);
        control.MapGet("/scenarios", (ScenarioLibrary scenarios) => Json.Result(new JsonArray([.. scenarios.Names.Select(n => JsonValue.Create(n))])));
        control.MapPost("/scenarios", AddScenario);
    }

    /// <summary>The user says something, as the microphone would bring it.</summary>
    private static Task<IResult> Speak(string id, HttpRequest request, CallRegistry calls) => Talk(id, request, calls, (call, body) =>
    {
        call.Session.Do(() =>
        {
            call.Session.Input.StartSpeech();
            call.Session.Input.StopSpeech((string?)body["transcript"], (int?)body["audio_ms"] ?? 1000);
        });
        return Results.NoContent();
    });

    /// <summary>The model answers now, with this turn.</summary>
    private static Task<IResult> Respond(string id, HttpRequest request, CallRegistry calls) => Talk(id, request, calls, (call, body) =>
    {
        var turn = Scenario.ParseTurn(body);
        OpenAIError? refusal = null;
        call.Session.Do(() => refusal = call.Session.Responses.Play(turn));
        return refusal is null ? Results.NoContent() : Json.Result(refusal.ToJson(), 409);
    });

    /// <summary>Says how the model will behave in its next turns.</summary>
    private static Task<IResult> AddTurns(string id, HttpRequest request, CallRegistry calls) => With(id, request, calls, (call, body) =>
    {
        var turns = (body["turns"] as JsonArray ?? []).OfType<JsonObject>().Select(t => Scenario.ParseTurn(t)).ToArray();
        call.Session.Do(() => call.Session.Player.PlayNext(turns));
        return Results.NoContent();
    });

    private static Task<IResult> ChangeScenario(string id, HttpRequest request, CallRegistry calls) => With(id, request, calls, (call, body) =>
    {
        var scenario = Scenario.Parse(body);
        call.Session.Do(() => call.Session.Player = new ScenarioPlayer(scenario));
        return Results.NoContent();
    });

    /// <summary>A client event as the browser's data channel would bring it; a sealed call has no such channel.</summary>
    private static async Task<IResult> ActAsBrowser(string id, HttpRequest request, CallRegistry calls)
    {
        var body = await Json.ReadObject(request);
        if (calls.Find(id) is not { } call)
        {
            return Results.NotFound();
        }

        if (call.Offer is { HasDataChannel: false })
        {
            return Json.Result(new JsonObject { ["error"] = "This call has no data channel." }, 409);
        }

        await call.Session.Surroundings.Page.RecordReceived("browser", body);
        call.Session.Receive(body);
        return Results.NoContent();
    }

    /// <summary>Sends any server event at all to everyone who listens.</summary>
    private static Task<IResult> Inject(string id, HttpRequest request, CallRegistry calls) => With(id, request, calls, (call, body) =>
    {
        if (body["type"] is null)
        {
            return ControlEndpoints.Wrong("An event has a type.");
        }

        call.Session.Do(() => call.Session.Emit(body));
        return Results.NoContent();
    });

    private static async Task<IResult> AddScenario(HttpRequest request, ScenarioLibrary scenarios)
    {
        try
        {
            scenarios.Add(Scenario.Parse(await Json.ReadObject(request) ?? []));
            return Results.NoContent();
        }
        catch (JsonException e)
        {
            return ControlEndpoints.Wrong(e.Message);
        }
    }

    /// <summary>Does what is heard once the browser hears it: people take longer to say a word than a data channel takes to open, tests do not.</summary>
    private static async Task<IResult> Talk(string id, HttpRequest request, CallRegistry calls, Func<Call, JsonObject, IResult> act)
    {
        try
        {
            await (calls.Find(id)?.Session.Voice.Connected ?? Task.CompletedTask).WaitAsync(Patience, TimeProvider.System, request.HttpContext.RequestAborted);
        }
        catch (TimeoutException)
        {
            return Json.Result(new JsonObject { ["error"] = "The browser does not open its data channel." }, 409);
        }

        return await With(id, request, calls, act);
    }

    private static async Task<IResult> With(string id, HttpRequest request, CallRegistry calls, Func<Call, JsonObject, IResult> act)
    {
        var body = await Json.ReadObject(request);
        try
        {
            return body is null ? ControlEndpoints.Wrong("The body must be a JSON object.")
                : calls.Find(id) is { } call ? act(call, body)
                : Results.NotFound();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return ControlEndpoints.Wrong(e.Message);   // a member is not of the kind that it should be
        }
    }
}
