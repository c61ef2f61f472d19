using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>Tells where an effective session departs from the one that we set.</summary>
/// <remarks>
/// Only what we set is compared, since OpenAI fills in the rest: whatever must hold has to be set explicitly, a tool's description included.
/// The credentials of an MCP tool are left out, as OpenAI may not show them.
/// </remarks>
public static class SessionComparison
{
    private const string Model = "$.model";
    private const double NumberTolerance = 1e-6;

    /// <summary>The JSON paths of the members that are not as expected; none if all is well. Paths only: values may be confidential.</summary>
    public static IReadOnlyList<string> Differs(JsonElement effective, JsonObject expected)
    {
        using var wanted = JsonDocument.Parse(expected.ToJsonString());
        return [.. Compare("$", effective, wanted.RootElement)];
    }

    private static IEnumerable<string> Compare(string path, JsonElement? actual, JsonElement expected) => expected.ValueKind switch
    {
        // "", [] and null all clear a member, and any of them may come back.
        _ when IsEmpty(expected) => actual is null || IsEmpty(actual.Value) ? [] : [path],
        JsonValueKind.Object when !expected.EnumerateObject().Any() => actual is null or { ValueKind: JsonValueKind.Object or JsonValueKind.Null } ? [] : [path],
        JsonValueKind.Object => actual is { ValueKind: JsonValueKind.Object } members ? CompareMembers(path, members, expected) : [path],
        JsonValueKind.Array => actual is { ValueKind: JsonValueKind.Array } elements ? CompareElements(path, elements, expected) : [path],
        JsonValueKind.Number => actual is { ValueKind: JsonValueKind.Number } number && IsNear(number, expected) ? [] : [path],
        JsonValueKind.String => actual is { ValueKind: JsonValueKind.String } text && text.Text() is { } said && IsSame(path, said, expected.GetString()!) ? [] : [path],
        _ => actual?.ValueKind == expected.ValueKind ? [] : [path],
    };

    private static IEnumerable<string> CompareMembers(string path, JsonElement actual, JsonElement expected)
    {
        var isMcpTool = expected.Text("type") is "mcp";
        var isFunction = expected.Text("type") is "function";
        return expected.EnumerateObject()
            .Where(member => !(isMcpTool && member.Name is "authorization" or "headers"))
            .SelectMany(member => isFunction && member.Name is "parameters"
                ? CompareSchema($"{path}.{member.Name}", actual.Member(member.Name), member.Value)
                : Compare($"{path}.{member.Name}", actual.Member(member.Name), member.Value));
    }

    /// <summary>Nobody fills defaults into a schema: whatever it has more than ours was put there.</summary>
    private static IEnumerable<string> CompareSchema(string path, JsonElement? actual, JsonElement expected) =>
        actual is { } schema && IsSame(schema, expected) ? [] : [path];

    private static bool IsSame(JsonElement actual, JsonElement expected)
    {
        try
        {
            return JsonElement.DeepEquals(actual, expected);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // Half a surrogate pair, or a number whose exponent is none: neither is ours.
            return false;
        }
    }

    private static IEnumerable<string> CompareElements(string path, JsonElement actual, JsonElement expected)
    {
        if (actual.GetArrayLength() != expected.GetArrayLength())
        {
            yield return path;
        }

        var found = actual.EnumerateArray().ToArray();
        foreach (var (index, wanted) in expected.EnumerateArray().Index())
        {
            // Tools are known by name: their order means nothing.
            var match = NameOf(wanted) is { } name
                ? found.Where(element => NameOf(element) == name).Select(element => (JsonElement?)element).FirstOrDefault()
                : index < found.Length ? found[index] : null;
            foreach (var difference in Compare($"{path}[{index.ToString(CultureInfo.InvariantCulture)}]", match, wanted))
            {
                yield return difference;
            }
        }
    }

    private static string? NameOf(JsonElement element) => element.Text("name") ?? element.Text("server_label");

    private static bool IsEmpty(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.String => element.Text() is "",
        JsonValueKind.Array => element.GetArrayLength() == 0,
        _ => false,
    };

    /// <summary>OpenAI keeps numbers as floats: 0.8 may come back as 0.800000011920929.</summary>
    private static bool IsNear(JsonElement actual, JsonElement expected) =>
        Math.Abs(actual.GetDouble() - expected.GetDouble()) <= NumberTolerance * Math.Max(1, Math.Abs(expected.GetDouble()));

    /// <summary>A model's name may come back as that of its dated snapshot.</summary>
    private static bool IsSame(string path, string actual, string expected) =>
        actual == expected || (path == Model && ModelNames.WithoutDate(actual) == expected);
}
