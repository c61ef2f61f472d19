using Microsoft.Extensions.Options;

namespace SessionGrains.Silo;

/// <summary>What a silo cannot start without.</summary>
internal static class SiloSettings
{
    private const string ConnectionName = "SessionGrains";

    /// <exception cref="OptionsValidationException">There is no connection string.</exception>
    public static string RequireConnectionString(this IConfiguration configuration) =>
        configuration.GetConnectionString(ConnectionName) is { Length: > 0 } database
            ? database
            : throw new OptionsValidationException(ConnectionName, typeof(string),
                ["ConnectionStrings:SessionGrains is missing: a silo keeps its workflows in PostgreSQL and needs an Npgsql connection string."]);
}
