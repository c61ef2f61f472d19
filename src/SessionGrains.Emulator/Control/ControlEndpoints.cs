using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SessionGrains.Emulator.Calls;
using SessionGrains.Emulator.Clocks;
using SessionGrains.Emulator.Faults;
using SessionGrains.Emulator.Http;
using SessionGrains.Emulator.Ledgers;
using SessionGrains.Emulator.Scenarios;

namespace SessionGrains.Emulator.Control;

/// <summary>The surface that tests steer the emulator by; not part of OpenAI's API.</summary>
internal static class ControlEndpoints
{
    public static void MapControl(this WebApplication app)
    {
        var control = app.MapGroup("/_emulator");
        control.MapGet("/", (EmulatorSettings settings, CallRegistry calls) => Json.Result(new JsonObject
        {
            ["name"] = "SessionGrains.Emulator",
            ["live_calls"] = calls.Live.Count(),
            ["settings"] = JsonSerializer.SerializeToNode(settings.Current, Json.Options),
        }));
        control.MapPost("/faults", PlanFault);
        control.MapGet("/faults", (FaultPlan faults) => Json.Result(faults.ToJson()));
        control.MapDelete("/faults", ClearFaults);
        control.MapGet("/ledger", ReadLedger);
        control.MapPost("/settings", Change);
        control.MapGet("/settings", (EmulatorSettings settings) => Results.Json(settings.Current, Json.Options));
        control.MapPost("/clock", MoveClock);
        control.MapGet("/clock", (EmulatorClock clock) => Json.Result(Now(clock)));
        control.MapPost("/reset", Reset);
        control.MapCallControl();
    }

    private static async Task<IResult> PlanFault(HttpRequest request, FaultPlan faults)
    {
        try
        {
            var fault = (await Json.ReadObject(request))?.Deserialize<Fault>(Json.Options);
            if (fault is null || !FaultPlan.Endpoints.Contains(fault.Endpoint))
            {
                return Wrong($"A fault names its endpoint: {string.Join(", ", FaultPlan.Endpoints)}.");
            }

            if (fault.Times < 0 || fault.DelayMs < 0 || fault.Status is < 200 or > 599)
            {
                return Wrong("times and delay_ms must not be negative, and status must be an HTTP status.");
            }

            faults.Add(fault);
            return Json.Result(faults.ToJson(), 201);
        }
        catch (JsonException e)
        {
            return Wrong(e.Message);
        }
    }

    private static IResult ClearFaults(FaultPlan faults)
    {
        faults.Clear();
        return Results.NoContent();
    }

    private static IResult ReadLedger(HttpRequest request, Ledger ledger, long after = 0)
    {
        var isLines = request.Headers.Accept.ToString().Contains("ndjson", StringComparison.OrdinalIgnoreCase);
        var text = string.Join(isLines ? "\n" : ",", ledger.After(after).Select(Encoding.UTF8.GetString));
        return isLines ? Results.Text(text.Length == 0 ? "" : $"{text}\n", "application/x-ndjson") : Results.Text($"[{text}]", "application/json");
    }

    private static async Task<IResult> Change(HttpRequest request, EmulatorSettings settings, ScenarioLibrary scenarios) =>
        await Json.ReadObject(request) is not { } patch ? Wrong("The body must be a JSON object.")
        : patch["scenario"] is JsonValue name && scenarios.Find(name.ToString()) is null ? Wrong($"There is no scenario '{name}'.")
        : settings.Change(patch) is { } problem ? Wrong(problem)
        : Results.Json(settings.Current, Json.Options);

    private static async Task<IResult> MoveClock(HttpRequest request, EmulatorClock clock, CallRegistry calls)
    {
        if ((await Json.ReadObject(request))?["advance_seconds"] is not JsonValue value || !value.TryGetValue(out double seconds) || seconds < 0)
        {
            return Wrong("advance_seconds must be a number that is not negative.");
        }

        clock.Advance(TimeSpan.FromSeconds(seconds));
        calls.EndExpired();
        return Json.Result(Now(clock));
    }

    private static IResult Reset(FaultPlan faults, EmulatorSettings settings, CallRegistry calls)
    {
        faults.Clear();
        settings.Reset();
        calls.EndAll("emulator_reset");
        return Results.NoContent();
    }

    private static JsonObject Now(EmulatorClock clock) =>
        new() { ["now"] = clock.Now.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) };

    internal static IResult Wrong(string message) => Json.Result(new JsonObject { ["error"] = message }, 400);
}
