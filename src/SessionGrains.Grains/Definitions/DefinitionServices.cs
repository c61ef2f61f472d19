using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace SessionGrains.Grains.Definitions;

/// <summary>Adds definitions to a host.</summary>
public static class DefinitionServices
{
    /// <summary>Adds the catalog, its watch and the authorization of starts.</summary>
    /// <remarks>
    /// Tools declared in code are the registered <see cref="SessionGrains.Tools.ToolDeclaration"/>s, the application's own checks
    /// the registered <see cref="IStartAuthorizer"/>s.
    /// </remarks>
    public static IServiceCollection AddDefinitions(this IServiceCollection services)
    {
        services.AddOptions<DefinitionOptions>().BindConfiguration(DefinitionOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<DefinitionOptions>, DefinitionOptionsValidator>();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<DefinitionMetrics>();
        services.AddSingleton<DefinitionFolders>();
        services.AddSingleton<DefinitionCatalog>();
        services.AddSingleton<StartAuthorization>();
        services.AddHostedService<DefinitionWatch>();
        services.AddHttpClient(HttpStartAuthorizer.ClientName, client =>
            {
                client.Timeout = Timeout.InfiniteTimeSpan;
                client.MaxResponseContentBufferSize = HttpStartAuthorizer.MaxReplyBytes;
            })
            // The question goes to the address in the definition and nowhere else.
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = false,
                UseCookies = false,
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            })
            .RemoveAllLoggers();
        return services;
    }

    /// <summary>Adds the store that keeps the texts, and the archive that finds them again.</summary>
    internal static IServiceCollection AddDefinitionStore<TStore>(this IServiceCollection services)
        where TStore : class, IDefinitionStore =>
        services.AddSingleton<IDefinitionStore, TStore>().AddSingleton<DefinitionArchive>();
}
