using System.Collections.Immutable;

namespace SessionGrains.Tools.Files;

/// <summary>Collects the faults of one file, so that a person sees all of them at once.</summary>
public sealed class FileFaults(string file)
{
    private readonly ImmutableArray<FileFault>.Builder all = ImmutableArray.CreateBuilder<FileFault>();

    /// <summary>What was found so far, in the order of the file.</summary>
    public ImmutableArray<FileFault> All => all.ToImmutable();

    /// <summary>Names one fault: "<paramref name="path"/> <paramref name="wrong"/>; allowed: <paramref name="allowed"/>".</summary>
    public void Add(string path, string wrong, string allowed) => all.Add(new(file, path, wrong, allowed));
}
