using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SessionGrains.Tools.Running;

namespace SessionGrains.Grains.ToolCalls;

/// <summary>Adds tool calls to a silo.</summary>
internal static class ToolCallServices
{
    public static IServiceCollection AddToolCalls(this IServiceCollection services)
    {
        services.AddOptions<ToolCallOptions>().BindConfiguration(ToolCallOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ToolCallOptions>, ToolCallOptionsValidator>();
        services.AddSingleton<ToolCallMetrics>();
        return services.AddToolRunning();
    }
}
