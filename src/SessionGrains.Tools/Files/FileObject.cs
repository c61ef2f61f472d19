using System.Collections.Immutable;
using System.Text.Json;

namespace SessionGrains.Tools.Files;

/// <summary>One object of a configuration file, read member by member; what is wrong goes into the faults and a default comes back.</summary>
public sealed class FileObject
{
    private readonly JsonElement element;
    private readonly FileFaults faults;

    private FileObject(JsonElement element, string path, FileFaults faults)
    {
        this.element = element;
        this.faults = faults;
        Path = path;
    }

    /// <summary>Where in the file this object is.</summary>
    public string Path { get; }

    /// <summary>Opens an object that may have the members named and no others; null when it is no object.</summary>
    public static FileObject? Open(JsonElement element, string path, FileFaults faults, params ReadOnlySpan<string> members)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            faults.Add(path, "is no object", $"an object with {List(members)}");
            return null;
        }

        foreach (var member in element.EnumerateObject())
        {
            if (!members.Contains(member.Name))
            {
                faults.Add(JsonPath.Member(path, member.Name), "is unknown", List(members));
            }
        }

        return new(element, path, faults);
    }

    /// <summary>The path of a member, present or not.</summary>
    public string PathOf(string name) => JsonPath.Member(Path, name);

    /// <summary>A member as it is; null when it is missing.</summary>
    public JsonElement? Find(string name) => element.TryGetProperty(name, out var value) ? value : null;

    /// <summary>An object inside this one; null when it is missing or no object.</summary>
    public FileObject? Child(string name, params ReadOnlySpan<string> members) =>
        Find(name) is { } value ? Open(value, PathOf(name), faults, members) : null;

    /// <summary>A text that must be there and keep a rule; null after a fault.</summary>
    public string? RequiredText(string name, Func<string, bool> isAllowed, string allowed)
    {
        if (Find(name) is null)
        {
            faults.Add(PathOf(name), "is missing", allowed);
            return null;
        }

        return Text(name, isAllowed, allowed);
    }

    /// <summary>A text that keeps a rule; null when it is missing or wrong.</summary>
    public string? Text(string name, Func<string, bool> isAllowed, string allowed) =>
        Find(name) is { } value ? TextAt(value, PathOf(name), isAllowed, allowed) : null;

    /// <summary>A list of texts that keep a rule, each once; empty when it is missing.</summary>
    public ImmutableArray<string> Texts(string name, Func<string, bool> isAllowed, string allowed)
    {
        var texts = ImmutableArray.CreateBuilder<string>();
        foreach (var (path, value) in Items(name, $"a list of {allowed}"))
        {
            if (TextAt(value, path, isAllowed, allowed) is not { } text)
            {
                continue;
            }

            if (texts.Contains(text))
            {
                faults.Add(path, "repeats an earlier entry", "each entry once");
                continue;
            }

            texts.Add(text);
        }

        return texts.ToImmutable();
    }

    /// <summary>The entries of a list with their paths; none when it is missing or no list.</summary>
    public IEnumerable<(string Path, JsonElement Value)> Items(string name, string allowed)
    {
        if (Find(name) is not { } list)
        {
            return [];
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            faults.Add(PathOf(name), "is no list", allowed);
            return [];
        }

        return list.EnumerateArray().Select((value, index) => (JsonPath.Item(PathOf(name), index), value));
    }

    /// <summary>A whole number within the field's bounds; the default when it is missing or wrong.</summary>
    public int Whole(NumberField field) => (int)Number(field, value => value.TryGetInt32(out var number) ? number : null);

    /// <summary>A number within the field's bounds; the default when it is missing or wrong.</summary>
    public decimal Amount(NumberField field) => Number(field, value => value.TryGetDecimal(out var number) ? number : null);

    /// <summary>True or false; the default when it is missing or wrong.</summary>
    public bool Flag(string name, bool fallback = false)
    {
        if (Find(name) is not { } value)
        {
            return fallback;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        faults.Add(PathOf(name), "is neither true nor false", "true, false");
        return fallback;
    }

    /// <summary>One word of a closed list; null when it is missing or wrong.</summary>
    public T? Word<T>(string name, ImmutableArray<(string Word, T Value)> words)
        where T : struct
    {
        var allowed = List([.. words.Select(word => word.Word)]);
        var text = Text(name, text => words.Any(word => word.Word == text), allowed);
        return text is null ? null : words.First(word => word.Word == text).Value;
    }

    private string? TextAt(JsonElement value, string path, Func<string, bool> isAllowed, string allowed)
    {
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { } text && isAllowed(text))
        {
            return text;
        }

        faults.Add(path, value.ValueKind == JsonValueKind.String ? "has a wrong value" : "is no text", allowed);
        return null;
    }

    private decimal Number(NumberField field, Func<JsonElement, decimal?> read)
    {
        if (Find(field.Name) is not { } value)
        {
            return field.Default;
        }

        var number = value.ValueKind == JsonValueKind.Number ? read(value) : null;
        if (number >= field.Minimum && number <= field.Maximum)
        {
            return number.Value;
        }

        faults.Add(
            PathOf(field.Name),
            number is null ? $"is no {(field.IsWhole ? "whole number" : "number")}" : "is out of bounds",
            field.Allowed);
        // A stored text of an older version may lie outside today's bounds; it keeps its meaning.
        return number ?? field.Default;
    }

    private static string List(ReadOnlySpan<string> words) => string.Join(", ", words!);
}
