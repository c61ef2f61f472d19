using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;

namespace SessionGrains.Api.Hosting;

/// <summary>Lets the configured origins, and no other page, read the API's answers.</summary>
internal static class CrossOrigin
{
    private static readonly TimeSpan PreflightLifetime = TimeSpan.FromMinutes(10);

    public static IServiceCollection AddCrossOrigin(this IServiceCollection services)
    {
        services.AddCors();
        services.AddOptions<CorsOptions>().Configure<IOptions<ApiOptions>>((cors, api) => cors.AddDefaultPolicy(policy => policy
            .WithOrigins([.. api.Value.Cors.Origins.Where(origin => origin is not "")])
            .WithMethods(HttpMethods.Get, HttpMethods.Post)
            .WithHeaders("authorization", "content-type", "idempotency-key", "last-event-id", "x-openai-agents-sdk")
            .WithExposedHeaders("Location", "Retry-After", "Idempotent-Replayed")
            .SetPreflightMaxAge(PreflightLifetime)));
        return services;
    }
}
