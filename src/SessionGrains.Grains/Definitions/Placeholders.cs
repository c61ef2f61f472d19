using System.Collections.Immutable;
using System.Text.Json;

namespace SessionGrains.Grains.Definitions;

/// <summary>Takes from inputs and claims what a definition's placeholders name, so that nothing else is stored.</summary>
internal static class Placeholders
{
    /// <summary>The values by placeholder (<c>inputs.customer</c>, <c>user.name</c>); what is missing is an empty text.</summary>
    public static ImmutableDictionary<string, string> Collect(Definition definition, JsonElement inputs, Caller caller) =>
        definition.Placeholders.ToImmutableDictionary(name => name, name => ValueOf(name, inputs, caller));

    private static string ValueOf(string name, JsonElement inputs, Caller caller) =>
        name.StartsWith(PlaceholderText.User, StringComparison.Ordinal)
            ? string.Join(", ", caller.Values(name[PlaceholderText.User.Length..]))
            : inputs.TryGetProperty(name[PlaceholderText.Inputs.Length..], out var value) ? TextOf(value) : "";

    private static string TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null => "",
        _ => value.GetRawText(),
    };
}
