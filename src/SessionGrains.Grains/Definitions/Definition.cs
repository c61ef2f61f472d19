using System.Collections.Immutable;
using System.Text.Json;
using SessionGrains.Tools.Schemas;

namespace SessionGrains.Grains.Definitions;

/// <summary>The named, versioned recipe that a workflow is started from.</summary>
internal sealed record Definition
{
    public required string Name { get; init; }

    /// <summary>The first 16 hexadecimal digits of the text's SHA-256: the same recipe has the same version everywhere.</summary>
    public required string Version { get; init; }

    /// <summary>The canonical JSON, as it is stored with the workflows that were started from it.</summary>
    public required string Text { get; init; }

    public required ConnectionMode Mode { get; init; }

    /// <summary>OpenAI's session object, as OpenAI names it, with its placeholders, without tools and type.</summary>
    public required JsonElement Session { get; init; }

    /// <summary>What a start may say; without a schema, nothing.</summary>
    public Schema? Inputs { get; init; }

    public required Allow Allow { get; init; }

    /// <summary>The tools that the model may ask for.</summary>
    public required ImmutableArray<GrantedTool> Tools { get; init; }

    public required Limits Limits { get; init; }

    public required Quotas Quotas { get; init; }

    public required Guard Guard { get; init; }

    /// <summary>Whether captions may reach the page.</summary>
    public required bool Transcripts { get; init; }

    /// <summary>The application's own say before a start.</summary>
    public AuthorizerSettings? Authorizer { get; init; }

    /// <summary>The placeholders that the session names: <c>inputs.customer</c>, <c>user.name</c>.</summary>
    public required ImmutableArray<string> Placeholders { get; init; }

    /// <summary>The model, which no placeholder can choose.</summary>
    public string Model => Session.TryGetProperty("model", out var model) ? model.GetString() ?? "" : "";

    /// <summary>The voice, where it is a name.</summary>
    public string? Voice =>
        Session.TryGetProperty("audio", out var audio) && audio.ValueKind == JsonValueKind.Object
        && audio.TryGetProperty("output", out var output) && output.ValueKind == JsonValueKind.Object
        && output.TryGetProperty("voice", out var voice) && voice.ValueKind == JsonValueKind.String ? voice.GetString() : null;

    /// <summary>What the model answers with; OpenAI's default is audio.</summary>
    public ImmutableArray<string> OutputModalities =>
        Session.TryGetProperty("output_modalities", out var modalities) && modalities.ValueKind == JsonValueKind.Array
            ? [.. modalities.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)]
            : ["audio"];

    /// <summary>Rebuilds a stored version. Its text was valid when it was stored, so today's bounds and tools do not matter.</summary>
    /// <exception cref="InvalidDataException">The text is no definition.</exception>
    public static Definition FromText(string text) => DefinitionReader.Reread(text);

    /// <summary>What this definition grants of a tool; null when it does not grant it.</summary>
    public GrantedTool? Grants(string tool) => Tools.FirstOrDefault(granted => granted.Name == tool);

    public override string ToString() => $"{Name}@{Version}";
}
