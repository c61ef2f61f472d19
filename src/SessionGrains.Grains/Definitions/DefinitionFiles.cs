using System.Collections.Immutable;
using SessionGrains.Tools.Files;

namespace SessionGrains.Grains.Definitions;

/// <summary>The texts of both folders by file name, and what could not be read.</summary>
internal sealed record DefinitionFiles(
    ImmutableSortedDictionary<string, string> Definitions,
    ImmutableSortedDictionary<string, string> Tools,
    ImmutableArray<FileFault> Faults)
{
    public static DefinitionFiles None { get; } =
        new(ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, string>.Empty, []);

    /// <summary>Whether the same would be read from both: the content counts, not a file's time.</summary>
    public bool HasSameContent(DefinitionFiles other) =>
        Definitions.SequenceEqual(other.Definitions) && Tools.SequenceEqual(other.Tools) && Faults.SequenceEqual(other.Faults);

    /// <summary>These files, but each that is named among the faults as it was in <paramref name="last"/>, or not at all.</summary>
    public DefinitionFiles WithFaultyFrom(DefinitionFiles last, IEnumerable<FileFault> faults)
    {
        var files = this with { Faults = [] };
        foreach (var file in faults.Select(fault => fault.File).Distinct())
        {
            files = files with
            {
                Definitions = Replace(files.Definitions, last.Definitions, file),
                Tools = Replace(files.Tools, last.Tools, file),
            };
        }

        return files;
    }

    private static ImmutableSortedDictionary<string, string> Replace(
        ImmutableSortedDictionary<string, string> files, ImmutableSortedDictionary<string, string> last, string file) =>
        last.TryGetValue(file, out var text) ? files.SetItem(file, text) : files.Remove(file);
}
