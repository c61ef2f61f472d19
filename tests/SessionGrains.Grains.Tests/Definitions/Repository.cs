using System.Text.Json;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>Finds files of this repository from where the tests run.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    public static JsonElement Schema(string kind) => JsonElement.Parse(Read("schemas", $"{kind}.schema.json"));

    /// <summary>The code blocks of the documentation that are marked with a kind of file.</summary>
    public static IEnumerable<string> Examples(string kind) =>
        Read("docs", "definitions.md").Split($"```json {kind}\n").Skip(1).Select(rest => rest[..rest.IndexOf("```", StringComparison.Ordinal)]);

    private static string FindRoot(string folder) =>
        File.Exists(Path.Combine(folder, "SessionGrains.sln")) ? folder : FindRoot(Path.GetDirectoryName(folder)!);
}
