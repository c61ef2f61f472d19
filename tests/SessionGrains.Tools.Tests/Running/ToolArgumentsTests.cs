using SessionGrains.Tools.Running;
using SessionGrains.Tools.Schemas;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>What a model may send as arguments, and what it is told where they are wrong.</summary>
public sealed class ToolArgumentsTests
{
    private static readonly ToolDeclaration Tool = WithSchema("""
        {
          "type": "object",
          "properties": {
            "order_id": { "type": "string", "maxLength": 32 },
            "place": { "type": "object", "properties": { "city": { "type": "string" } } },
            "shelf": { "$ref": "#/$defs/shelf" },
            "deep": {}
          },
          "required": ["order_id"],
          "$defs": { "shelf": { "type": "object", "properties": { "row": { "type": "integer" } } } }
        }
        """);

    [Fact]
    public void Right_arguments_come_back_with_the_hash_of_their_canonical_form()
    {
        var check = ToolArguments.Check(Tool, """{"order_id":"A-1"}""");

        Assert.Equal("A-1", check.Value!.Value.GetProperty("order_id").GetString());
        Assert.Null(check.ErrorForModel);
        // printf '{"order_id":"A-1"}' | sha256sum
        Assert.Equal("sha256:04f09fff81934b741613ccd0a1a607f7bb99b055cb56d787e0ec34f4abd75345", check.Hash);
    }

    [Fact]
    public void The_order_of_members_and_white_space_do_not_change_the_hash() =>
        Assert.Equal(
            ToolArguments.Check(Tool, """{"order_id":"A-1","place":{"city":"Ulm"}}""").Hash,
            ToolArguments.Check(Tool, """ { "place" : {"city":"\u0055lm"}, "order_id":"A-1" } """).Hash);

    [Theory]
    [InlineData("""{"order_id":"A-1","order_id":"A-2"}""", "$.order_id occurs more than once, allowed: each member once.")]
    [InlineData("""{"order_id":7}""", "$.order_id must be text.")]
    [InlineData("{}", "$.order_id is required.")]
    [InlineData("", "$.order_id is required.")]
    [InlineData("[]", "$ is no JSON object, allowed: one JSON object.")]
    [InlineData("""{"order_id":"A-1",}""", "$ is broken JSON at line 1, column 19")]
    [InlineData("""{"order_id":"A-1"} {}""", "$ is broken JSON")]
    [InlineData("""{"order_id":"\ud800"}""", "$.order_id holds half of a surrogate pair")]
    [InlineData("""{"order_id":"A-1","оrder_id":"A-2"}""", "is not asked for. Allowed members of $: deep, order_id, place, shelf.")]
    [InlineData("""{"order_id":"A-1","place":{"city":"Ulm","admin":true}}""", "$.place.admin is not asked for.")]
    [InlineData("""{"order_id":"A-1","shelf":{"row":1,"admin":true}}""", "$.shelf.admin is not asked for.")]
    public void Wrong_arguments_are_refused_with_the_place_and_what_is_allowed(string arguments, string error)
    {
        var check = ToolArguments.Check(Tool, arguments);

        Assert.Null(check.Value);
        Assert.Null(check.Hash);
        Assert.Contains(error, check.ErrorForModel, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(16, true)]
    [InlineData(17, false)]
    public void Arguments_may_be_16_levels_deep(int levels, bool isAllowed)
    {
        var arrays = levels - 1;
        var check = ToolArguments.Check(Tool, $$"""{"order_id":"A-1","deep":{{new string('[', arrays)}}{{new string(']', arrays)}}}""");

        Assert.Equal(isAllowed, check.ErrorForModel is null);
        Assert.Equal(!isAllowed, check.ErrorForModel?.Contains("at most 16 levels deep", StringComparison.Ordinal) ?? false);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Arguments_may_be_16_KiB_of_UTF_8_long(int more, bool isAllowed)
    {
        const string Start = """{"order_id":"A-1","deep":"ää""";
        var filling = new string('x', ToolArguments.MaxBytes - System.Text.Encoding.UTF8.GetByteCount(Start) - 2 + more);

        var check = ToolArguments.Check(Tool, $"{Start}{filling}\"}}");

        Assert.Equal(isAllowed, check.ErrorForModel is null);
        Assert.Equal(isAllowed ? null : "The arguments are wrong. They are too long; allowed are 16384 bytes.", check.ErrorForModel);
    }

    [Fact]
    public void Members_are_free_where_the_schema_says_so() =>
        Assert.Null(ToolArguments.Check(WithSchema("""{"type":"object","properties":{"a":{}},"additionalProperties":true}"""), """{"b":1}""").ErrorForModel);

    [Fact]
    public void A_combined_schema_decides_itself_about_members() =>
        Assert.Null(ToolArguments.Check(
            WithSchema("""{"type":"object","properties":{"a":{}},"allOf":[{"properties":{"b":{}}}]}"""), """{"a":1,"b":1}""").ErrorForModel);

    [Fact]
    public void A_tool_without_parameters_takes_none() =>
        Assert.Contains("The tool takes no arguments: {}.", ToolArguments.Check(WithSchema("""{"type":"object","properties":{}}"""), """{"a":1}""").ErrorForModel, StringComparison.Ordinal);

    [Fact]
    public void A_tool_whose_schema_is_not_known_yet_takes_nothing() =>
        Assert.Equal("The tool is not available now.", ToolArguments.Check(Tool with { Parameters = null }, """{"order_id":"A-1"}""").ErrorForModel);

    [Fact]
    public void The_error_stays_short_and_never_quotes_a_value()
    {
        var members = string.Join(',', Enumerable.Range(0, 60).Select(index => $"\"{new string('n', 200)}{index}\":\"my secret\""));

        var error = ToolArguments.Check(Tool, $"{{{members}}}").ErrorForModel!;

        Assert.True(error.Length < 2_000, error);
        Assert.Contains("And 51 more.", error, StringComparison.Ordinal);
        Assert.DoesNotContain("my secret", error, StringComparison.Ordinal);
    }

    private static ToolDeclaration WithSchema(string schema) => new()
    {
        Name = "lookup_order",
        Parameters = Schema.Parse(schema),
        Target = new ToolTarget.Code(),
    };
}
