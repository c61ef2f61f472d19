using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using SessionGrains.Tools.Outbound;

namespace SessionGrains.Tools.Webhooks;

/// <summary>Adds what sends webhooks.</summary>
public static class WebhookServices
{
    public static IServiceCollection AddWebhookSending(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<INetwork, SystemNetwork>();
        services.TryAddSingleton<OutboundHandlers>();
        services.TryAddSingleton<IWebhookSender, WebhookSender>();
        return services;
    }
}
