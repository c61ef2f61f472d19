using System.Text.Json;
using System.Text.Json.Nodes;
using SessionGrains.Emulator.Http;

namespace SessionGrains.Emulator.Scenarios;

/// <summary>How the model behaves in a session, as data: its turns, and what it hears where there is only sound.</summary>
internal sealed record Scenario
{
    private static readonly string[] Statuses = ["completed", "failed", "incomplete", "cancelled"];

    public required string Name { get; init; }

    /// <summary>Which sessions this is for; without it, only those that are given it by name.</summary>
    public Audience? For { get; init; }

    public IReadOnlyList<Turn> Turns { get; init; } = [];

    /// <summary>Transcripts, one for each user turn that arrives as sound; the last one repeats.</summary>
    public IReadOnlyList<string> Hears { get; init; } = [];

    /// <summary>Reads a scenario; throws <see cref="JsonException"/> where it is none.</summary>
    public static Scenario Parse(JsonNode json)
    {
        var scenario = json.Deserialize<Scenario>(Json.Options) ?? throw new JsonException("A scenario is a JSON object.");
        foreach (var turn in scenario.Turns)
        {
            Check(turn);
        }

        return scenario;
    }

    public static Turn ParseTurn(JsonNode json)
    {
        var turn = json.Deserialize<Turn>(Json.Options) ?? throw new JsonException("A turn is a JSON object.");
        Check(turn);
        return turn;
    }

    private static void Check(Turn turn)
    {
        if (!Statuses.Contains(turn.Status))
        {
            throw new JsonException($"A turn's status is one of {string.Join(", ", Statuses)}.");
        }
    }
}

/// <summary>The sessions that a scenario plays in by itself; all that is given must hold.</summary>
internal sealed record Audience
{
    public string? InstructionsContain { get; init; }

    /// <summary>The session has a tool of this name.</summary>
    public string? Tool { get; init; }

    public string? Model { get; init; }

    public bool Fits(JsonObject session) =>
        (InstructionsContain is null || session["instructions"]!.GetValue<string>().Contains(InstructionsContain, StringComparison.OrdinalIgnoreCase))
        && (Tool is null || session["tools"]!.AsArray().Any(t => t?["name"]?.GetValue<string>() == Tool))
        && (Model is null || session["model"]!.GetValue<string>() == Model);
}
