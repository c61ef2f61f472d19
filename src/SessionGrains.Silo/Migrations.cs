using System.Data.Common;
using Microsoft.Extensions.Options;
using SessionGrains.Grains.Storage;

namespace SessionGrains.Silo;

/// <summary>A silo's other errand: it migrates the database and is done, with a role that may do what running silos need not.</summary>
internal static class Migrations
{
    private const string Word = "migrate";

    public static bool AreAskedFor(string[] args) => args is [Word];

    /// <returns>The exit code.</returns>
    /// <exception cref="OptionsValidationException">There is no connection string.</exception>
    public static async Task<int> Run()
    {
        var configuration = new ConfigurationBuilder().AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().Build();
        try
        {
            await StorageHosting.Migrate(configuration.RequireConnectionString(), CancellationToken.None);
            await Console.Out.WriteLineAsync("The database is as this version needs it.");
            return 0;
        }
        catch (Exception failed) when (failed is DbException or InvalidOperationException)
        {
            await Console.Error.WriteLineAsync($"The database could not be migrated: {failed.Message}");
            return 1;
        }
    }
}
