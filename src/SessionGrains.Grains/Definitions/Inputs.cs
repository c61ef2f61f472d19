using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using SessionGrains.Tools.Files;

namespace SessionGrains.Grains.Definitions;

/// <summary>The inputs of a start, checked: the values, or every place that is wrong.</summary>
internal sealed record Inputs(JsonElement Values, ImmutableArray<Fault> Faults)
{
    public const int MaxBytes = 16 * 1024;
    public const int MaxDepth = 32;

    private static readonly JsonElement Nothing = JsonElement.Parse("{}");
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    public bool AreValid => Faults.IsEmpty;

    /// <summary>Checks the JSON of a start against the definition; a definition without a schema takes no inputs.</summary>
    public static Inputs Check(Definition definition, string json)
    {
        if (Encoding.UTF8.GetByteCount(json) > MaxBytes)
        {
            return Refuse($"The inputs must not be longer than {MaxBytes / 1024} KiB.");
        }

        if (Parse(json) is not { } values)
        {
            return Refuse($"The inputs must be JSON with each member once, at most {MaxDepth} levels deep, with texts and numbers that can be held.");
        }

        if (values.ValueKind != JsonValueKind.Object)
        {
            return Refuse("The inputs must be an object.");
        }

        return new(values, definition.Inputs is { } schema
            ? [.. schema.Check(values).Select(fault => new Fault(fault.Path, $"{NameOf(fault.Path)} {fault.What}."))]
            : [.. values.EnumerateObject().Select(member => new Fault(JsonPath.Member(JsonPath.Root, member.Name), "This definition takes no inputs."))]);
    }

    private static JsonElement? Parse(string json)
    {
        try
        {
            var values = JsonElement.Parse(json, Strict);
            // Half a surrogate pair, or a number like 1e-99999999999, is found only when it is read, and a session could not carry it.
            return JsonText.IsSound(values) ? values : null;
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static string NameOf(string path) =>
        path == JsonPath.Root ? "The inputs object" : path[JsonPath.Root.Length..].TrimStart('.');

    private static Inputs Refuse(string what) => new(Nothing, [new(JsonPath.Root, what)]);
}
