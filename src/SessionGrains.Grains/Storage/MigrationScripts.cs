using DbUp.Builder;
using DbUp.Engine;

namespace SessionGrains.Grains.Storage;

/// <summary>The migrations of one dialect, embedded in this assembly and named by file, so that renaming a namespace replays none.</summary>
internal static class MigrationScripts
{
    public static void Apply(UpgradeEngineBuilder builder, string dialect)
    {
        // Statements hold dollar quotes, which DbUp would take for its variables.
        var engine = builder.WithScripts(Of(dialect)).WithVariablesDisabled().LogToNowhere().Build();
        if (!engine.IsUpgradeRequired())
        {
            return;
        }

        var result = engine.PerformUpgrade();
        if (!result.Successful)
        {
            throw new InvalidOperationException($"Migration {result.ErrorScript?.Name} of the {dialect} schema failed.", result.Error);
        }
    }

    private static IEnumerable<SqlScript> Of(string dialect)
    {
        var assembly = typeof(MigrationScripts).Assembly;
        var prefix = $"{typeof(MigrationScripts).Namespace}.{dialect}.Migrations.";
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            yield return new SqlScript(resource[prefix.Length..], reader.ReadToEnd());
        }
    }
}
