using Microsoft.Extensions.DependencyInjection;
using SessionGrains.Tools.Running;

namespace SessionGrains.Grains.Definitions;

/// <summary>Adds what can be run of the tools that definitions grant.</summary>
internal static class ToolboxServices
{
    /// <summary>Adds the <see cref="Toolbox"/>, the listing of MCP servers, and what runs tools.</summary>
    public static IServiceCollection AddToolbox(this IServiceCollection services) =>
        services.AddToolRunning()
            .AddSingleton<Toolbox>()
            .AddSingleton<ToolListing>()
            .AddHostedService(provider => provider.GetRequiredService<ToolListing>());
}
