using System.Data.Common;

namespace SessionGrains.Grains.Storage;

/// <summary>The texts of definitions by hash, so that a running workflow keeps the version that it started with.</summary>
internal sealed class DefinitionTexts(DbDataSource database)
{
    /// <summary>Keeps a text; one that is there already stays as it is.</summary>
    public Task Save(string hash, string name, string text, CancellationToken cancellationToken) =>
        database.Execute(
            "INSERT INTO definition_text (hash, name, text) VALUES (@hash, @name, @text) ON CONFLICT (hash) DO NOTHING",
            [("hash", hash), ("name", name), ("text", text)],
            cancellationToken);

    /// <summary>The text with this hash, or null.</summary>
    public async Task<string?> Find(string hash, CancellationToken cancellationToken)
    {
        var texts = await database.Query(
            "SELECT text FROM definition_text WHERE hash = @hash", [("hash", hash)], row => row.GetString(0), cancellationToken);
        return texts.SingleOrDefault();
    }
}
