using System.Text.Json;
using System.Text.Json.Nodes;
using SessionGrains.Emulator.Http;

namespace SessionGrains.Emulator.Control;

/// <summary>Holds the behaviour that can be switched while the emulator runs.</summary>
internal sealed class EmulatorSettings
{
    public Behaviour Current { get; private set; } = new();

    /// <summary>Changes the members that the patch names; says what is wrong with it otherwise.</summary>
    public string? Change(JsonObject patch)
    {
        try
        {
            var merged = JsonSerializer.SerializeToNode(Current, Json.Options)!.AsObject();
            foreach (var (name, value) in patch)
            {
                merged[name] = value?.DeepClone();
            }

            var next = merged.Deserialize<Behaviour>(Json.Options)!;
            if (next.Problem is { } problem)
            {
                return problem;
            }

            Current = next;
            return null;
        }
        catch (JsonException e)
        {
            return e.Message;
        }
    }

    public void Reset() => Current = new();
}
