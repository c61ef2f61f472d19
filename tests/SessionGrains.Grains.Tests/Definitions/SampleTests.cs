using SessionGrains.Grains.Definitions;
using SessionGrains.Tools;
using Xunit;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>The files that are shipped as samples and the examples of the documentation are good.</summary>
public sealed class SampleTests
{
    public static TheoryData<string> Samples { get; } =
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "src", "SessionGrains.Local", "definitions"), "*.json").Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_definition_has_no_fault(string file)
    {
        var definition = Texts.Read(Repository.Read("src", "SessionGrains.Local", "definitions", file));

        Assert.Empty(definition.Faults);
        Assert.Equal(file, $"{definition.Value!.Name}.json");
        Assert.Equal(TimeSpan.FromSeconds(15), definition.Value.Limits.Heartbeat);
        Assert.Equal(["inputs.customer", "user.name"], definition.Value.Placeholders);
        Assert.Equal(Approval.User, definition.Value.Grants("issue_refund")!.Approval);
    }

    [Fact]
    public void The_definitions_for_deployments_have_no_fault_and_need_no_tools_in_code() => Assert.All(
        Directory.GetFiles(Path.Combine(Repository.Root, "deploy", "definitions"), "*.json"),
        path => Assert.Empty(DefinitionReader.Read(Path.GetFileName(path), File.ReadAllText(path), new HashSet<string>()).Faults));

    [Theory]
    [InlineData("voice-intake", ConnectionMode.Brokered)]
    [InlineData("sealed-intake", ConnectionMode.Sealed)]
    [InlineData("direct-intake", ConnectionMode.ClientSecret)]
    public void There_is_a_sample_for_each_mode(string name, ConnectionMode mode) =>
        Assert.Equal(mode, Texts.Read(Repository.Read("src", "SessionGrains.Local", "definitions", $"{name}.json")).Value!.Mode);

    [Fact]
    public void Each_example_of_the_documentation_has_no_fault()
    {
        var definition = Assert.Single(Repository.Examples("definition"));
        Assert.Empty(Texts.Read(definition).Faults);

        var tools = Repository.Examples("tool").Select(text => ToolFileReader.Read("docs", text)).ToArray();
        Assert.All(tools, tool => Assert.Empty(tool.Faults));
        Assert.Equal(["find_slot", "crm__find_customer"], tools.SelectMany(tool => tool.Value!).Select(tool => tool.Name));
    }
}
