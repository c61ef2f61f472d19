using SessionGrains.Grains.Audit;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Tests.Definitions;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Grains.Webhooks;
using SessionGrains.Grains.Workflows;
using Xunit;

namespace SessionGrains.Grains.Tests;

/// <summary>The configuration page names every option that a silo has.</summary>
public sealed class ConfigurationPageTests
{
    public static TheoryData<string, Type> Options => new()
    {
        { WorkflowOptions.Section, typeof(WorkflowOptions) },
        { ToolCallOptions.Section, typeof(ToolCallOptions) },
        { SiloOptions.Section, typeof(SiloOptions) },
        { AuditOptions.Section, typeof(AuditOptions) },
        { DefinitionOptions.Section, typeof(DefinitionOptions) },
        { WebhookOptions.Section, typeof(WebhookOptions) },
        { $"{WebhookOptions.Section}:Endpoints:<name>", typeof(WebhookEndpoint) },
    };

    [Theory, MemberData(nameof(Options))]
    public void Every_option_is_on_the_configuration_page(string section, Type options)
    {
        var page = Repository.Read("docs", "configuration.md");

        Assert.All(
            options.GetProperties().Where(property => property.CanWrite),
            property => Assert.Contains($"`{section.Replace(":", "__", StringComparison.Ordinal)}__{property.Name}`", page, StringComparison.Ordinal));
    }
}
