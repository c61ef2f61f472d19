using System.Collections.Concurrent;

namespace SessionGrains.Grains.Definitions;

/// <summary>Finds the version that a workflow was started from, on any silo and after any change of the files.</summary>
internal sealed class DefinitionArchive(DefinitionCatalog catalog, IDefinitionStore store)
{
    private readonly ConcurrentDictionary<string, Definition> found = [];
    private readonly ConcurrentDictionary<string, bool> kept = [];

    /// <summary>Makes sure that the text is stored. A workflow is saved only after this, so that no silo meets a version without a text.</summary>
    public async ValueTask Keep(Definition definition, CancellationToken cancellationToken)
    {
        if (!kept.ContainsKey(definition.Version))
        {
            await store.Save(definition, cancellationToken);
            kept[definition.Version] = true;
        }
    }

    /// <summary>The definition as it was in that version.</summary>
    /// <exception cref="InvalidDataException">Nobody has that version, or its text is broken.</exception>
    public async ValueTask<Definition> Get(string name, string version, CancellationToken cancellationToken)
    {
        if ((catalog.Find(name, version) ?? found.GetValueOrDefault(version)) is { } known)
        {
            return known;
        }

        var text = await store.Find(version, cancellationToken)
            ?? throw new InvalidDataException($"The text of definition {name}, version {version}, is not stored.");
        return found.GetOrAdd(version, Definition.FromText(text));
    }
}
