using System.Text.Json.Nodes;
using SessionGrains.Emulator.Http;

namespace SessionGrains.Emulator.Scenarios;

/// <summary>What the model does where no scenario says: it echoes, and calls a tool that the user names.</summary>
internal static class SmallTalk
{
    private const int LongestQuote = 200;

    /// <param name="session">The session, with the response's own choices laid over it.</param>
    /// <param name="userSays">The user's last words, if the user spoke last.</param>
    /// <param name="toolOutput">The last tool output, if a tool spoke last.</param>
    public static Turn Next(JsonObject session, string? userSays, string? toolOutput)
    {
        var names = session["tools"]!.AsArray()
            .Where(t => t?["type"]?.GetValue<string>() == "function")
            .Select(t => t!["name"]!.GetValue<string>())
            .ToArray();
        var choice = session["tool_choice"];
        var forced = choice is JsonObject named ? named["name"]?.GetValue<string>()
            : choice?.GetValue<string>() == "required" ? names.FirstOrDefault()
            : null;
        var mayCall = choice is not JsonValue word || word.GetValue<string>() != "none";
        var called = forced ?? (mayCall ? names.FirstOrDefault(n => userSays?.Contains(n, StringComparison.OrdinalIgnoreCase) == true) : null);
        if (called is not null)
        {
            return new Turn { Calls = [new FunctionCall { Name = called, Arguments = ArgumentsIn(userSays) }] };
        }

        return new Turn
        {
            Say = toolOutput is not null ? $"The tool says: {Shorten(toolOutput)}"
                : userSays is not null ? $"You said: {Shorten(userSays)}"
                : "Hello. How can I help you?",
        };
    }

    private static JsonObject ArgumentsIn(string? text) =>
        text?.IndexOf('{', StringComparison.Ordinal) is int start and >= 0 ? Json.ParseObject(text[start..]) ?? [] : [];

    private static string Shorten(string text) => text.Length <= LongestQuote ? text : text[..LongestQuote];
}
