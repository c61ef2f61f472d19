using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SessionGrains.Grains.Audit;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Operations;
using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Grains.Webhooks;
using SessionGrains.Grains.Workflows;

namespace SessionGrains.Grains;

/// <summary>Adds workflows to a silo.</summary>
public static class GrainServices
{
    /// <summary>Adds the workflow grains with what they need, but for storage and the OpenAI client, which the host chooses.</summary>
    public static ISiloBuilder AddWorkflows(this ISiloBuilder silo)
    {
        var services = silo.Services;
        services.AddOptions<WorkflowOptions>().BindConfiguration(WorkflowOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<WorkflowOptions>, WorkflowOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddDefinitions();
        services.AddDefinitionStore<StoredDefinitions>();
        services.AddToolbox();
        services.AddSingleton<StartAdmission>();
        services.AddSingleton<WorkflowPolicies>();
        services.AddToolCalls();
        services.AddSidebands();
        services.AddOperations();
        services.AddWebhooks();
        services.AddSingleton<WorkflowMetrics>();
        services.AddSingleton<HandOver>();
        services.AddSingleton<Drain>().AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.AddOptions<AuditOptions>().BindConfiguration(AuditOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AuditOptions>, AuditOptionsValidator>();
        services.AddSingleton<RefusedStarts>().AddHostedService(provider => provider.GetRequiredService<RefusedStarts>());
        services.AddHostedService<Sweeper>();
        return silo;
    }

    /// <summary>Keeps definitions' texts where the workflows are kept.</summary>
    private sealed class StoredDefinitions(DefinitionTexts texts) : IDefinitionStore
    {
        public Task Save(Definition definition, CancellationToken cancellationToken) =>
            texts.Save(definition.Version, definition.Name, definition.Text, cancellationToken);

        public Task<string?> Find(string version, CancellationToken cancellationToken) => texts.Find(version, cancellationToken);
    }
}
