using System.Collections.Immutable;
using System.Text.Json;
using SessionGrains.Tools.Files;

namespace SessionGrains.Grains.Operations;

/// <summary>Where two versions of a definition differ, member by member; arrays are compared whole.</summary>
internal static class DefinitionDifference
{
    /// <param name="before">The loaded definition's text; null when there is none.</param>
    public static ImmutableArray<DefinitionChange> Between(string? before, string after)
    {
        var changes = ImmutableArray.CreateBuilder<DefinitionChange>();
        Compare(JsonPath.Root, before is null ? null : JsonElement.Parse(before), JsonElement.Parse(after), changes);
        return changes.ToImmutable();
    }

    private static void Compare(string path, JsonElement? before, JsonElement? after, ImmutableArray<DefinitionChange>.Builder changes)
    {
        if (before is { ValueKind: JsonValueKind.Object } old && after is { ValueKind: JsonValueKind.Object } young)
        {
            var names = old.EnumerateObject().Concat(young.EnumerateObject()).Select(member => member.Name).Distinct(StringComparer.Ordinal);
            foreach (var name in names.Order(StringComparer.Ordinal))
            {
                Compare(JsonPath.Member(path, name), Member(old, name), Member(young, name), changes);
            }
        }
        else if (before is null || after is null || !JsonElement.DeepEquals(before.Value, after.Value))
        {
            changes.Add(new(path, before?.GetRawText(), after?.GetRawText()));
        }
    }

    private static JsonElement? Member(JsonElement element, string name) => element.TryGetProperty(name, out var member) ? member : null;
}
