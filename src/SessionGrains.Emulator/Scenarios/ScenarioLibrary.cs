using System.Text.Json;
using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Scenarios;

/// <summary>The scenarios that come with the emulator, were found in the folder, or given over the control surface.</summary>
internal sealed class ScenarioLibrary
{
    private static readonly Scenario SmallTalkOnly = new() { Name = "small-talk" };

    private readonly Lock gate = new();
    private readonly List<Scenario> scenarios = [];

    public ScenarioLibrary(EmulatorOptions options)
    {
        string[] files = options.ScenarioFolder is { } folder ? Directory.GetFiles(folder, "*.json") : [];
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            Load(file, File.ReadAllText(file));
        }

        var assembly = typeof(ScenarioLibrary).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.Contains(".BuiltIn.", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            Load(resource, reader.ReadToEnd());
        }
    }

    public IReadOnlyList<string> Names
    {
        get
        {
            lock (gate)
            {
                return [.. scenarios.Select(s => s.Name)];
            }
        }
    }

    /// <summary>Adds a scenario, in place of one of the same name.</summary>
    public void Add(Scenario scenario)
    {
        lock (gate)
        {
            scenarios.RemoveAll(s => s.Name == scenario.Name);
            scenarios.Insert(0, scenario);
        }
    }

    public Scenario? Find(string name)
    {
        lock (gate)
        {
            return scenarios.Find(s => s.Name == name);
        }
    }

    /// <summary>The named scenario, else the first that fits the session, else small talk.</summary>
    public Scenario For(JsonObject session, string? name)
    {
        lock (gate)
        {
            return scenarios.Find(s => name is null ? s.For?.Fits(session) == true : s.Name == name) ?? SmallTalkOnly;
        }
    }

    private void Load(string source, string text)
    {
        try
        {
            scenarios.Add(Scenario.Parse(JsonNode.Parse(text)!));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{source} is no scenario: {e.Message}", e);
        }
    }
}
