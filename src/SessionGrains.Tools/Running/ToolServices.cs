using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using SessionGrains.Tools.Mcp;
using SessionGrains.Tools.Outbound;
using SessionGrains.Tools.WebTools;

namespace SessionGrains.Tools.Running;

/// <summary>Adds tools, and what runs them.</summary>
public static class ToolServices
{
    /// <summary>Adds the <see cref="IToolRunner"/> and the <see cref="IToolServers"/>; pins last as long as the process unless an <see cref="IPinStore"/> is registered.</summary>
    public static IServiceCollection AddToolRunning(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<INetwork, SystemNetwork>();
        services.TryAddSingleton<OutboundHandlers>();
        services.TryAddEnumerable([
            ServiceDescriptor.Singleton<IToolKind, CodeTools>(),
            ServiceDescriptor.Singleton<IToolKind, WebTool>(),
            ServiceDescriptor.Singleton<IToolKind, McpTool>(),
        ]);
        services.AddMetrics();
        services.TryAddSingleton<McpMetrics>();
        services.TryAddSingleton<McpOffers>();
        services.TryAddSingleton<IPinStore, MemoryPinStore>();
        services.TryAddSingleton<IToolServers, ToolServers>();
        services.TryAddSingleton<IToolRunner, ToolRunner>();
        return services;
    }

    /// <summary>As <see cref="AddTool(IServiceCollection, AIFunction, ToolEffect, bool, TimeSpan?, int?)"/>, on a host's builder.</summary>
    public static TBuilder AddTool<TBuilder>(
        this TBuilder host, AIFunction function, ToolEffect effect = ToolEffect.Unkeyed, bool endsWorkflow = false, TimeSpan? timeout = null, int? maxOutputBytes = null)
        where TBuilder : IHostApplicationBuilder
    {
        host.Services.AddTool(function, effect, endsWorkflow, timeout, maxOutputBytes);
        return host;
    }

    /// <summary>Adds a tool whose code runs in this process; its name, description and schema are the function's.</summary>
    /// <remarks>The function may take a <see cref="ToolContext"/>, which the model does not see, and what dependency injection knows.</remarks>
    /// <param name="timeout">How long one run may take; 10 seconds when it is not said.</param>
    /// <param name="maxOutputBytes">How long an output may be; 16384 bytes when it is not said.</param>
    /// <exception cref="ArgumentException">The name is none that a model can call, or taken, or there is no description.</exception>
    /// <exception cref="FormatException">The function's schema has a rule that would not be checked.</exception>
    public static IServiceCollection AddTool(
        this IServiceCollection services, AIFunction function, ToolEffect effect = ToolEffect.Unkeyed, bool endsWorkflow = false, TimeSpan? timeout = null, int? maxOutputBytes = null)
    {
        if (!ToolDeclaration.IsName(function.Name) || services.Any(service => service.ImplementationInstance is CodeTool other && other.Name == function.Name))
        {
            throw new ArgumentException($"'{function.Name}' is taken, or not 1 to {ToolFields.MaxNameLength} letters, digits, _ or -.", nameof(function));
        }

        if (string.IsNullOrWhiteSpace(function.Description) || function.Description.Length > ToolFields.MaxDescriptionLength)
        {
            throw new ArgumentException($"{function.Name} needs a description of 1 to {ToolFields.MaxDescriptionLength} characters.", nameof(function));
        }

        var tool = CodeTool.For(function);
        var declaration = new ToolDeclaration
        {
            Name = function.Name,
            Description = function.Description,
            Parameters = tool.ReadParameters(),
            Effect = effect,
            EndsWorkflow = endsWorkflow,
            Target = new ToolTarget.Code(),
        };
        return services.AddSingleton(tool).AddSingleton(declaration with
        {
            Timeout = timeout ?? declaration.Timeout,
            MaxOutputBytes = maxOutputBytes ?? declaration.MaxOutputBytes,
        });
    }
}
