using System.Collections.Immutable;

namespace SessionGrains.Tools.Files;

/// <summary>Collects the faults of one file, so that a person sees all of them at once, or as many as a person reads.</summary>
public sealed class FileFaults(string file)
{
    // What somebody else has written, such as the schema of an MCP server, could have as many faults as there is memory.
    private const int Most = 100;

    private readonly ImmutableArray<FileFault>.Builder all = ImmutableArray.CreateBuilder<FileFault>();

    /// <summary>What was found so far, in the order of the file; of more than a hundred the first 99, and that there are more.</summary>
    public ImmutableArray<FileFault> All => all.ToImmutable();

    /// <summary>Names one fault, once: "<paramref name="path"/> <paramref name="wrong"/>; allowed: <paramref name="allowed"/>".</summary>
    public void Add(string path, string wrong, string allowed)
    {
        var fault = new FileFault(file, path, wrong, allowed);
        if (all.Count < Most && !all.Contains(fault))
        {
            all.Add(all.Count < Most - 1 ? fault : new(file, JsonPath.Root, "has more faults than are named here", "none"));
        }
    }
}
