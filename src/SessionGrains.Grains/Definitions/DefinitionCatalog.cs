using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using SessionGrains.Tools;
using SessionGrains.Tools.Files;

namespace SessionGrains.Grains.Definitions;

/// <summary>The definitions and tools that starts are made from now. A bad change never replaces a good version.</summary>
internal sealed class DefinitionCatalog(
    DefinitionFolders folders, IEnumerable<ToolDeclaration> code, IConfiguration variables, DefinitionMetrics metrics, ILogger<DefinitionCatalog> logger)
{
    private readonly ConcurrentDictionary<(string Name, string Version), Definition> versions = [];
    private volatile DefinitionSet loaded = DefinitionSet.Empty;
    private DefinitionFiles seen = DefinitionFiles.None;
    private DefinitionFiles good = DefinitionFiles.None;

    /// <summary>Raised after definitions or tools were loaded, also for the first time.</summary>
    public event Action<DefinitionSet>? Loaded;

    /// <summary>The definitions that can be started, by name.</summary>
    public ImmutableArray<Definition> Current => [.. loaded.Definitions.Values];

    /// <summary>The tools that somebody provides, by name.</summary>
    public ImmutableArray<ToolDeclaration> Tools => [.. loaded.Tools.Values];

    /// <summary>The definition for a new start; null when there is none of that name, or none any more.</summary>
    public Definition? Find(string name) => loaded.Definitions.GetValueOrDefault(name);

    /// <summary>A version that this process has loaded since it started, replaced or not.</summary>
    public Definition? Find(string name, string version) => versions.GetValueOrDefault((name, version));

    public ToolDeclaration? FindTool(string name) => loaded.Tools.GetValueOrDefault(name);

    /// <summary>Loads everything for the first time.</summary>
    /// <exception cref="DefinitionsException">A file has faults; the message names each.</exception>
    public void Load()
    {
        seen = folders.Read();
        var result = Read(seen);
        if (!result.IsValid)
        {
            throw new DefinitionsException(result.Faults);
        }

        Take(seen, result.Value);
        if (result.Value.Definitions.IsEmpty)
        {
            logger.NoDefinitions(folders.Definitions);
        }
    }

    /// <summary>Loads what has changed. A faulty file stays as it last was; a removed one is gone.</summary>
    public void Reload()
    {
        var files = folders.Read();
        if (files.HasSameContent(seen))
        {
            return;
        }

        seen = files;
        var result = Read(files);
        if (result.IsValid)
        {
            Take(files, result.Value);
            return;
        }

        Reject(result.Faults);

        // The rest of the change is taken where it stands without the faulty files: removing a definition must not wait for a repair elsewhere.
        var rest = files.WithFaultyFrom(good, result.Faults);
        if (!IsFolderMissing(files) && !rest.HasSameContent(good) && Read(rest) is { IsValid: true } partly)
        {
            Take(rest, partly.Value);
        }
    }

    private FileResult<DefinitionSet> Read(DefinitionFiles files) => DefinitionSet.Read(files, code, name => variables[name]);

    // A folder that vanishes is a broken mount, not a wish to remove everything.
    private bool IsFolderMissing(DefinitionFiles files) =>
        files.Faults.Any(fault => fault.File == folders.Definitions || fault.File == folders.Tools);

    private void Take(DefinitionFiles files, DefinitionSet set)
    {
        foreach (var definition in set.Definitions.Values)
        {
            versions[(definition.Name, definition.Version)] = definition;
        }

        good = files;
        loaded = set;
        logger.DefinitionsLoaded(set.Definitions.Count, set.Tools.Count);
        Loaded?.Invoke(set);
    }

    private void Reject(ImmutableArray<FileFault> faults)
    {
        foreach (var fault in faults)
        {
            logger.ChangeRejected(fault.ToString());
        }

        metrics.CountReloadFailure();
    }
}
