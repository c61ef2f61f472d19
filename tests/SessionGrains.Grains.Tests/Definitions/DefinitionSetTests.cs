using System.Collections.Immutable;
using SessionGrains.Grains.Definitions;
using SessionGrains.Tools.Files;
using Xunit;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>What is only wrong when files are read together.</summary>
public sealed class DefinitionSetTests
{
    private const string HttpTool = """{"name":"lookup_order","description":"d","parameters":{"type":"object"},"http":{"url":"https://orders/x","signing_secret_env":"ORDERS_SECRET"}}""";

    [Fact]
    public void Definitions_and_tools_of_files_and_code_are_loaded_together()
    {
        var set = Read([("a.json", Texts.With(("tools", """["lookup_order","in_code"]""")))], [("t.json", HttpTool)]);

        Assert.Empty(set.Faults);
        Assert.Equal(["in_code", "lookup_order"], set.Value!.Tools.Keys);
        Assert.Equal(["intake"], set.Value.Definitions.Keys);
    }

    [Fact]
    public void Two_definitions_with_one_name_are_a_fault_of_the_second() =>
        Assert.Equal(("b.json", "$.name"), Single(Read([("a.json", Texts.With()), ("b.json", Texts.With(("guard", "\"end\"")))], [])));

    [Fact]
    public void Two_tools_with_one_name_are_a_fault_of_the_second() =>
        Assert.Equal(("u.json", "$.name"), Single(Read([], [("t.json", HttpTool), ("u.json", HttpTool)])));

    [Fact]
    public void A_tool_file_cannot_replace_a_tool_that_is_declared_in_code() =>
        Assert.Equal(("t.json", "$.name"), Single(Read([], [("t.json", HttpTool.Replace("lookup_order", "in_code", StringComparison.Ordinal))])));

    [Fact]
    public void A_tool_that_nobody_provides_is_a_fault_of_the_definition() =>
        Assert.Equal(("a.json", "$.tools[0]"), Single(Read([("a.json", Texts.With(("tools", """["lookup_order"]""")))], [])));

    [Fact]
    public void A_tool_whose_own_file_is_faulty_is_not_reported_as_missing_too()
    {
        var bad = HttpTool.Replace("https://orders/x", "http://orders/x", StringComparison.Ordinal);

        Assert.Equal(("t.json", "$.http.url"), Single(Read([("a.json", Texts.With(("tools", """["lookup_order"]""")))], [("t.json", bad)])));
    }

    [Theory]
    [InlineData(null, "is not set")]
    [InlineData("", "is not set")]
    [InlineData("hunter2", "holds no signing secret")]
    [InlineData("whsec_%%%", "holds no signing secret")]
    public void A_variable_for_a_signing_secret_must_hold_one(string? value, string wrong)
    {
        var set = Read([], [("t.json", HttpTool)], _ => value);

        var fault = Assert.Single(set.Faults);
        Assert.Equal("$.http.signing_secret_env", fault.Path);
        Assert.EndsWith(wrong, fault.Wrong, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_variable_for_a_bearer_token_must_be_set()
    {
        var mcp = """{"name":"crm","mcp":{"url":"https://crm/mcp","tools":["find"],"bearer_env":"CRM_TOKEN"}}""";

        Assert.Equal(("t.json", "$.mcp.bearer_env"), Single(Read([], [("t.json", mcp)], _ => null)));
        Assert.Empty(Read([], [("t.json", mcp)], name => name == "CRM_TOKEN" ? "t" : null).Faults);
    }

    [Fact]
    public void The_authorizers_secret_must_be_set_as_well() =>
        Assert.Equal(
            ("a.json", "$.authorizer.signing_secret_env"),
            Single(Read([("a.json", Texts.With(("authorizer", """{"url":"https://app/ask","signing_secret_env":"ASK_SECRET"}""")))], [], _ => null)));

    private static FileResult<DefinitionSet> Read((string, string)[] definitions, (string, string)[] tools, Func<string, string?>? variables = null) =>
        DefinitionSet.Read(
            new(Sorted(definitions), Sorted(tools), []), [Texts.CodeTool("in_code")], variables ?? (_ => "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ="));

    private static ImmutableSortedDictionary<string, string> Sorted((string Name, string Text)[] files) =>
        files.ToImmutableSortedDictionary(file => file.Name, file => file.Text, StringComparer.Ordinal);

    private static (string File, string Path) Single(FileResult<DefinitionSet> set)
    {
        var fault = Assert.Single(set.Faults);
        return (fault.File, fault.Path);
    }
}
