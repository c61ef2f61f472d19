using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SessionGrains.Tools.Webhooks;

namespace SessionGrains.Grains.Webhooks;

/// <summary>Adds webhooks to a silo; without an endpoint they do nothing.</summary>
internal static class WebhookServices
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services)
    {
        services.AddOptions<WebhookOptions>().BindConfiguration(WebhookOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>();
        services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookEndpointsAreGood>();
        services.AddWebhookSending();
        services.AddSingleton<WebhookBell>();
        services.AddSingleton<WebhookMetrics>();
        services.AddSingleton<WebhookOutbox>();
        return services.AddHostedService<Couriers>();
    }

    /// <summary>A courier for each endpoint, as long as the silo runs.</summary>
    private sealed class Couriers(IOptions<WebhookOptions> options, IServiceProvider services) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(options.Value.Endpoints.Select(endpoint =>
            ActivatorUtilities.CreateInstance<WebhookCourier>(services, endpoint.Key, endpoint.Value, options.Value).Run(stoppingToken)));
    }
}
