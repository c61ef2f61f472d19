using SessionGrains.Api.Bodies;

namespace SessionGrains.Api.Hosting;

/// <summary>What the web server takes and tells.</summary>
internal static class ServerLimits
{
    public static WebApplicationBuilder AddServerLimits(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // The wall behind each address's own limit. Twice as far out, because the server counts the framing of chunks too.
            kestrel.Limits.MaxRequestBodySize = 2 * BodyBytes.LargestOffer;
        });

        // The framework's own request lines hold the query; ours do not.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);

        // Authentication brings data protection along, which complains about keys that nothing here needs.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Critical);
        return builder;
    }
}
