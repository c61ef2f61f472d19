using System.Text.Json;
using CsCheck;
using NJsonSchema;
using Schema = SessionGrains.Tools.Schemas.Schema;

namespace SessionGrains.Tools.Tests.Schemas;

/// <summary>Our check of JSON Schemas against an independent one, on random schemas and values, and on the files that we ship.</summary>
/// <remarks>Left out is where the other one is known to be wrong: an <c>enum</c> of numbers and texts that read alike, and <c>maxItems</c> 0.</remarks>
public sealed class SchemaOracleTests
{
    private static readonly Gen<string> Leaves = OneOf(
        """{"type":"string"}""",
        """{"type":"string","minLength":2,"maxLength":3}""",
        """{"type":"string","pattern":"^b"}""",
        """{"enum":["a","bb"]}""",
        """{"type":"integer","minimum":2,"exclusiveMaximum":5}""",
        """{"type":"number","multipleOf":2}""",
        """{"type":["boolean","null"]}""",
        """{"not":{"type":"string"}}""",
        """{"anyOf":[{"type":"string"},{"type":"integer"}]}""",
        """{"oneOf":[{"type":"integer","maximum":3},{"type":"integer","minimum":2}]}""",
        "{}");

    private static readonly Gen<string> LeafValues = OneOf("\"a\"", "\"bb\"", "\"bbbb\"", "\"\"", "1", "2", "4", "5", "true", "null");

    private static readonly Gen<string> Objects =
        from a in Leaves
        from b in Leaves
        from required in OneOf("[]", """["a"]""", """["a","b"]""")
        from others in OneOf("true", "false", """{"type":"string"}""")
        from most in Gen.Int[1, 3]
        select $$"""{"type":"object","properties":{"a":{{a}},"b":{"type":"array","items":{{b}},"maxItems":2,"uniqueItems":true} },"required":{{required}},"additionalProperties":{{others}},"maxProperties":{{most}} }""";

    private static readonly Gen<string> Lists = LeafValues.Array[0, 3].Select(items => $"[{string.Join(",", items)}]");

    private static readonly Gen<string> Values =
        from members in Gen.Select(OneOf("a", "b", "c"), Gen.OneOf(LeafValues, Lists)).Array[0, 3]
        select $"{{{string.Join(",", members.DistinctBy(member => member.Item1).Select(member => $"\"{member.Item1}\":{member.Item2}"))}}}";

    [Fact]
    public void A_value_is_allowed_exactly_where_another_implementation_allows_it() =>
        Gen.Select(Objects, Values).Sample(
            (schema, value) =>
            {
                var other = JsonSchema.FromJsonAsync(schema).GetAwaiter().GetResult();
                return Schema.Parse(schema).Check(JsonElement.Parse(value)).IsEmpty == (other.Validate(value).Count == 0);
            },
            iter: 2_000);

    [Theory]
    [InlineData("definition", "src", "SessionGrains.Local", "definitions")]
    public async Task Each_sample_file_fits_the_schema_that_editors_use(string kind, params string[] folder)
    {
        var files = Directory.GetFiles(Path.Combine([Root, .. folder]), "*.json");

        Assert.Equal(3, files.Length);
        foreach (var file in files)
        {
            Assert.Empty(await Validate(kind, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)));
        }
    }

    [Theory]
    [InlineData("definition", 1)]
    [InlineData("tool", 2)]
    public async Task Each_example_of_the_documentation_fits_the_schema_that_editors_use(string kind, int count)
    {
        var documentation = await File.ReadAllTextAsync(Path.Combine(Root, "docs", "definitions.md"), TestContext.Current.CancellationToken);
        var examples = documentation.Split($"```json {kind}\n").Skip(1).Select(rest => rest[..rest.IndexOf("```", StringComparison.Ordinal)]).ToArray();

        Assert.Equal(count, examples.Length);
        foreach (var example in examples)
        {
            Assert.Empty(await Validate(kind, example));
        }
    }

    [Theory]
    [InlineData("definition", """{"name":"a","mode":"sealed"}""")]
    [InlineData("definition", """{"name":"a","mode":"open","session":{"model":"m"}}""")]
    [InlineData("definition", """{"name":"a","mode":"sealed","session":{"model":"m","tools":[]}}""")]
    [InlineData("definition", """{"name":"a","mode":"sealed","session":{"model":"m"},"limits":{"max_duration_seconds":3541}}""")]
    [InlineData("tool", """{"name":"a"}""")]
    [InlineData("tool", """{"name":"a","http":{"url":"https://x"}}""")]
    [InlineData("tool", """{"name":"a","description":"d","mcp":{"url":"https://x","tools":["a"]}}""")]
    public async Task A_file_that_the_reader_refuses_does_not_fit_the_schema_either(string kind, string text) =>
        Assert.NotEmpty(await Validate(kind, text));

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    private static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    private static async Task<ICollection<NJsonSchema.Validation.ValidationError>> Validate(string kind, string text) =>
        (await JsonSchema.FromFileAsync(Path.Combine(Root, "schemas", $"{kind}.schema.json"))).Validate(text);

    private static string FindRoot(string folder) =>
        File.Exists(Path.Combine(folder, "SessionGrains.sln")) ? folder : FindRoot(Path.GetDirectoryName(folder)!);
}
