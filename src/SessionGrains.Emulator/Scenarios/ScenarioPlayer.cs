using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Scenarios;

/// <summary>One session's way through its scenario.</summary>
internal sealed class ScenarioPlayer(Scenario scenario)
{
    private readonly List<Turn> left = [.. scenario.Turns];
    private int heard;

    public string Name => scenario.Name;

    public void PlayNext(IEnumerable<Turn> turns) => left.InsertRange(0, turns);

    /// <summary>What the user said in a turn that arrived as sound only.</summary>
    public string Hear() => scenario.Hears.Count == 0 ? "(speech)" : scenario.Hears[Math.Min(heard++, scenario.Hears.Count - 1)];

    /// <summary>The first turn left that fits what was said last; small talk where none does.</summary>
    public Turn Next(JsonObject session, LastWords last)
    {
        var turn = left.Find(t => t.When is null || Holds(t.When, last));
        if (turn is null)
        {
            return SmallTalk.Next(session, last.ToolOutput is null ? last.UserSaid : null, last.ToolOutput);
        }

        if (!turn.Repeat)
        {
            left.Remove(turn);
        }

        return turn;
    }

    private static bool Holds(Condition when, LastWords last) =>
        (when.UserSays is null || (last.ToolOutput is null && Contains(last.UserSaid, when.UserSays)))
        && (when.AfterTool is null || when.AfterTool == last.Tool)
        && (when.OutputContains is null || Contains(last.ToolOutput, when.OutputContains));

    private static bool Contains(string? text, string part) => text?.Contains(part, StringComparison.OrdinalIgnoreCase) == true;
}

/// <summary>What a conversation ends with.</summary>
/// <param name="UserSaid">The user's last words.</param>
/// <param name="Tool">The tool whose output is the last item.</param>
/// <param name="ToolOutput">That output.</param>
internal sealed record LastWords(string? UserSaid, string? Tool, string? ToolOutput);
