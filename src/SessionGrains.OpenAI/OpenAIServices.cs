using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SessionGrains.OpenAI.Sideband;

namespace SessionGrains.OpenAI;

/// <summary>Adds what speaks to OpenAI.</summary>
public static class OpenAIServices
{
    /// <summary>Adds the <see cref="IRealtimeClient"/> and the <see cref="ISidebandClient"/>, configured by <c>OPENAI_API_KEY</c> or <c>OPENAI_API_KEY_FILE</c>, <c>OPENAI_BASE_URL</c> and <c>OPENAI_PUBLIC_BASE_URL</c>.</summary>
    public static IServiceCollection AddOpenAI(this IServiceCollection services)
    {
        services.AddOptions<OpenAIOptions>().Configure<IConfiguration>(Bind).ValidateOnStart();
        services.AddSingleton<IValidateOptions<OpenAIOptions>, OpenAIOptionsValidator>();
        services.AddSingleton<IValidateOptions<OpenAIOptions>, ApiKeyPresence>();
        services.AddSingleton<IValidateOptions<OpenAIOptions>, TimeoutsFit>();

        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<ProviderCalls>();
        services.AddSingleton<ApiKey>();
        services.AddSingleton<IRealtimeClient, RealtimeApiClient>();
        services.AddHttpClient(nameof(RealtimeApiClient))
            .UseSocketsHttpHandler((handler, _) =>
            {
                handler.AllowAutoRedirect = false;
                handler.ConnectTimeout = TimeSpan.FromSeconds(3);
                handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
                // What callers put into their trace context and baggage is none of OpenAI's business.
                handler.ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator();
            })
            // One client for the life of the process: its handler renews its connections itself.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            // The factory's logger writes URLs and headers; our own log says what matters, without secrets.
            .RemoveAllLoggers();
        return services.AddSideband();
    }

    private static IServiceCollection AddSideband(this IServiceCollection services)
    {
        services.AddOptions<SidebandOptions>().BindConfiguration(SidebandOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SidebandOptions>, SidebandOptionsValidator>();
        services.AddSingleton<ISidebandClient, SidebandClient>();

        services.AddOptions<PriceOptions>().ValidateOnStart()
            .Configure<IConfiguration>((prices, configuration) => configuration.GetSection(PriceOptions.Section).Bind(prices.Models));
        services.AddSingleton<IValidateOptions<PriceOptions>, PriceValidator>();
        services.AddSingleton<Prices>();
        return services;
    }

    private static void Bind(OpenAIOptions options, IConfiguration configuration)
    {
        options.ApiKey = configuration["OPENAI_API_KEY"];
        options.ApiKeyFile = configuration["OPENAI_API_KEY_FILE"];
        options.BaseUrl = configuration["OPENAI_BASE_URL"] is { Length: > 0 } url ? url : options.BaseUrl;
        options.PublicBaseUrl = configuration["OPENAI_PUBLIC_BASE_URL"] is { Length: > 0 } publicUrl ? publicUrl : null;
    }
}
