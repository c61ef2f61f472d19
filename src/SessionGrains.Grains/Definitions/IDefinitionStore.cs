namespace SessionGrains.Grains.Definitions;

/// <summary>Keeps the texts of definitions by their version, for workflows that outlive a file or a process.</summary>
internal interface IDefinitionStore
{
    /// <summary>Keeps a text; a version that is kept already stays as it is.</summary>
    Task Save(Definition definition, CancellationToken cancellationToken);

    /// <summary>The text of a version; null when it is not kept.</summary>
    Task<string?> Find(string version, CancellationToken cancellationToken);
}
