using System.Text.Json;
using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Tests.Conformance;

/// <summary>What examples show of one place in an event: the kinds of value, and the members that may and must be there.</summary>
internal sealed class Form
{
    private readonly HashSet<JsonValueKind> kinds = [];
    private readonly Dictionary<string, Form> members = [];
    private readonly Dictionary<string, int> timesSeen = [];
    private int objectsSeen;
    private Form? elements;
    private bool isAnything;

    /// <summary>For what a client chooses freely, such as a tool's schema.</summary>
    public static Form Anything { get; } = new() { isAnything = true };

    /// <summary>Learns from an example; what is the same thing in several events is learnt together.</summary>
    public void Learn(JsonNode? example, Func<string, JsonNode?, Form?> shared)
    {
        if (isAnything)
        {
            return;
        }

        kinds.Add(KindOf(example));
        if (example is JsonArray array)
        {
            elements ??= new Form();
            foreach (var element in array)
            {
                (shared("[]", element) ?? elements).Learn(element, shared);
            }
        }
        else if (example is JsonObject known)
        {
            objectsSeen++;
            foreach (var (name, value) in known)
            {
                var form = shared(name, value);
                if (form is null && !members.TryGetValue(name, out form))
                {
                    form = new Form();
                }

                members.TryAdd(name, form);
                timesSeen[name] = timesSeen.GetValueOrDefault(name) + 1;
                form.Learn(value, shared);
            }
        }
    }

    /// <summary>Where the value differs from every example.</summary>
    public IEnumerable<string> Check(JsonNode? value, string path, Func<string, JsonNode?, Form?> shared)
    {
        if (isAnything)
        {
            return [];
        }

        if (!kinds.Contains(KindOf(value)))
        {
            return [$"{path} is {KindOf(value)}, the examples have {string.Join(" or ", kinds)}"];
        }

        return value switch
        {
            JsonArray array => array.SelectMany((e, i) => (shared("[]", e) ?? elements!).CheckElement(e, $"{path}[{i}]", shared)),
            JsonObject known => CheckMembers(known, path, shared),
            _ => [],
        };
    }

    private IEnumerable<string> CheckElement(JsonNode? element, string path, Func<string, JsonNode?, Form?> shared) =>
        kinds.Count == 0 ? [] : Check(element, path, shared);

    private IEnumerable<string> CheckMembers(JsonObject known, string path, Func<string, JsonNode?, Form?> shared) =>
        timesSeen.Where(m => m.Value == objectsSeen && !known.ContainsKey(m.Key)).Select(m => $"{path}.{m.Key} is missing")
            .Concat(known.SelectMany(m => members.TryGetValue(m.Key, out var form)
                ? (shared(m.Key, m.Value) ?? form).Check(m.Value, $"{path}.{m.Key}", shared)
                : [$"{path}.{m.Key} is in no example"]));

    private static JsonValueKind KindOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null => JsonValueKind.Null,
        JsonValueKind.False => JsonValueKind.True,
        { } kind => kind,
    };
}
