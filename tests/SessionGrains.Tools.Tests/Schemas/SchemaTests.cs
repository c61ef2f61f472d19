using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using SessionGrains.Tools.Files;
using SessionGrains.Tools.Schemas;

namespace SessionGrains.Tools.Tests.Schemas;

/// <summary>What a schema allows, keyword by keyword, and how it says no.</summary>
public sealed class SchemaTests
{
    [Fact]
    public void A_few_lines_that_stand_for_more_schemas_than_there_is_memory_lead_too_far()
    {
        var definitions = string.Join(',', Enumerable.Range(0, 30).Select(n => $"\"a{n}\":{{\"allOf\":[{{\"$ref\":\"#/$defs/a{n + 1}\"}},{{\"$ref\":\"#/$defs/a{n + 1}\"}}]}}"));

        LeadsTooFar("{\"type\":\"object\",\"$defs\":{" + definitions + ",\"a30\":{}},\"properties\":{\"x\":{\"$ref\":\"#/$defs/a0\"}}}");
    }

    [Fact]
    public void A_chain_of_references_that_is_longer_than_a_stack_leads_too_far()
    {
        var definitions = string.Join(',', Enumerable.Range(0, 100_000).Select(n => $"\"a{n}\":{{\"$ref\":\"#/$defs/a{n + 1}\"}}"));

        LeadsTooFar("{\"type\":\"object\",\"$defs\":{" + definitions + ",\"a100000\":{}},\"properties\":{\"x\":{\"$ref\":\"#/$defs/a0\"}}}");
    }

    [Theory]
    [InlineData("""{"type":"object",MEMBERS}""")]
    [InlineData("""{"type":"object","properties":{MEMBERS}}""")]
    [InlineData("""{"type":"object","required":[ENTRIES]}""")]
    [InlineData("""{"type":["object",ENTRIES]}""")]
    [InlineData("""{"type":"object","enum":[ENTRIES]}""")]
    public void A_schema_with_more_members_and_entries_than_anybody_writes_leads_too_far(string text)
    {
        const int Many = 100_001;
        var members = string.Join(',', Enumerable.Range(0, Many).Select(n => $"\"x-{n}\":0"));
        var entries = string.Join(',', Enumerable.Repeat("\"object\"", Many));

        LeadsTooFar(text.Replace("MEMBERS", members, StringComparison.Ordinal).Replace("ENTRIES", entries, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("enum")]
    [InlineData("required")]
    public void A_list_counts_as_often_as_it_is_referred_to(string keyword)
    {
        var entries = string.Join(',', Enumerable.Repeat("\"a\"", 1_000));
        var references = string.Join(',', Enumerable.Range(0, 1_000).Select(n => $"\"p{n}\":{{\"$ref\":\"#/$defs/a\"}}"));

        LeadsTooFar("{\"type\":\"object\",\"$defs\":{\"a\":{\"" + keyword + "\":[" + entries + "]}},\"properties\":{" + references + "}}");
    }

    [Fact]
    public void A_hundred_faults_are_named_and_the_last_says_that_there_are_more()
    {
        var members = string.Join(',', Enumerable.Range(0, 5_000).Select(n => $"\"x-{n}\":0"));
        var faults = new FileFaults("schema");

        var schema = Schema.Read(JsonElement.Parse("{\"type\":\"object\"," + members + "}"), JsonPath.Root, faults);

        Assert.True(schema.IsOfObject);
        Assert.Equal(100, faults.All.Length);
        Assert.Equal("$.x-98 is no keyword that is checked", $"{faults.All[98].Path} {faults.All[98].Wrong}");
        Assert.Equal("schema: $ has more faults than are named here; allowed: none.", faults.All[^1].ToString());
    }

    [Fact]
    public void A_fault_that_is_named_already_is_none_more()
    {
        var faults = new FileFaults("schema");
        foreach (var n in Enumerable.Range(0, 99).Concat(Enumerable.Range(0, 99)))
        {
            faults.Add($"$[{n}]", "is wrong", "right");
        }

        Assert.Equal(99, faults.All.Length);
    }

    private static void LeadsTooFar(string text)
    {
        var faults = new FileFaults("schema");
        var schema = Schema.Read(JsonElement.Parse(text), JsonPath.Root, faults);

        Assert.Equal("leads too far", Assert.Single(faults.All).Wrong);
        Assert.False(schema.IsOfObject);
    }

    [Theory]
    [InlineData("""{"type":"string"}""", "\"a\"", "7", "must be text")]
    [InlineData("""{"type":"integer"}""", "7.0", "7.5", "must be a whole number")]
    [InlineData("""{"type":["number","null"]}""", "null", "\"7\"", "must be a number or null")]
    [InlineData("""{"type":"boolean"}""", "true", "\"true\"", "must be true or false")]
    [InlineData("""{"type":"object"}""", "{}", "[]", "must be an object")]
    [InlineData("""{"type":"array"}""", "[]", "{}", "must be a list")]
    [InlineData("""{"enum":["a",1]}""", "1.0", "\"1\"", "must be one of \"a\", 1")]
    [InlineData("""{"const":{"a":1}}""", """{"a":1}""", """{"a":2}""", "must be one of {\"a\":1}")]
    [InlineData("""{"minLength":2}""", "\"ab\"", "\"a\"", "must have at least 2 characters")]
    [InlineData("""{"maxLength":2}""", "\"\uD83D\uDE00\uD83D\uDE00\"", "\"abc\"", "must have at most 2 characters")]
    [InlineData("""{"pattern":"^C-[0-9]+$"}""", "\"C-17\"", "\"D-17\"", "must match ^C-[0-9]+$")]
    [InlineData("""{"format":"date"}""", "\"2026-01-31\"", "\"2026-02-31\"", "must be a date such as 2026-01-31")]
    [InlineData("""{"format":"date-time"}""", "\"2026-01-31T09:30:00Z\"", "\"2026-01-31 09:30\"", "must be a date and time such as 2026-01-31T09:30:00Z")]
    [InlineData("""{"format":"email"}""", "\"ada@example.com\"", "\"Ada <ada@example.com>\"", "must be an e-mail address")]
    [InlineData("""{"format":"uri"}""", "\"https://example.com/a\"", "\"/a\"", "must be an absolute URL")]
    [InlineData("""{"format":"uuid"}""", "\"0199b2a5-1111-7222-8333-444455556666\"", "\"0199b2a5\"", "must be a UUID")]
    [InlineData("""{"minimum":1}""", "1", "0.99", "must be at least 1")]
    [InlineData("""{"maximum":1}""", "1", "1.01", "must be at most 1")]
    [InlineData("""{"exclusiveMinimum":1}""", "1.01", "1", "must be above 1")]
    [InlineData("""{"exclusiveMaximum":1}""", "0.99", "1", "must be below 1")]
    [InlineData("""{"multipleOf":0.01}""", "1.25", "1.255", "must be a multiple of 0.01")]
    [InlineData("""{"maximum":1}""", "-5", "1e400", "must be a number of common size")]
    [InlineData("""{"minItems":1}""", "[1]", "[]", "must have at least 1 items")]
    [InlineData("""{"maxItems":0}""", "[]", "[1]", "must have at most 0 items")]
    [InlineData("""{"uniqueItems":true}""", """[{"a":1,"b":2},{"a":1}]""", """[{"a":1,"b":2},{"b":2,"a":1}]""", "must not hold an item twice")]
    [InlineData("""{"minProperties":1}""", """{"a":1}""", "{}", "must have at least 1 members")]
    [InlineData("""{"maxProperties":1}""", """{"a":1}""", """{"a":1,"b":1}""", "must have at most 1 members")]
    [InlineData("""{"allOf":[{"minimum":1},{"maximum":2}]}""", "1", "3", "must be at most 2")]
    [InlineData("""{"anyOf":[{"const":1},{"const":2}]}""", "2", "3", "fits none of the allowed forms")]
    [InlineData("""{"oneOf":[{"minimum":1},{"minimum":2}]}""", "1", "2", "must fit exactly one of the allowed forms")]
    [InlineData("""{"not":{"const":1}}""", "2", "1", "has a form that is not allowed")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"const":1}}}""", "1", "2", "must be one of 1")]
    public void Each_keyword_tells_right_from_wrong(string schema, string right, string wrong, string what)
    {
        Assert.Empty(Check(schema, right));
        Assert.Equal(new SchemaFault("$", what), Assert.Single(Check(schema, wrong)));
    }

    [Theory]
    [InlineData("""{"properties":{"a":{"type":"string"}}}""", """{"a":1}""", "$.a")]
    [InlineData("""{"required":["a"]}""", "{}", "$.a")]
    [InlineData("""{"additionalProperties":false}""", """{"a b":1}""", "$['a b']")]
    [InlineData("""{"additionalProperties":{"type":"string"},"properties":{"a":{}}}""", """{"a":1,"b":1}""", "$.b")]
    [InlineData("""{"items":{"properties":{"a":{"type":"string"}}}}""", """[{},{"a":1}]""", "$[1].a")]
    [InlineData("""{"allOf":[{"properties":{"a":{"type":"string"}}}]}""", """{"a":1}""", "$.a")]
    public void A_fault_names_the_place_in_the_value(string schema, string wrong, string path) =>
        Assert.Equal(path, Assert.Single(Check(schema, wrong)).Path);

    [Theory]
    [InlineData("""{"type":"objekt"}""")]
    [InlineData("""{"type":[]}""")]
    [InlineData("""{"enum":[]}""")]
    [InlineData("""{"minLength":-1}""")]
    [InlineData("""{"minimum":"1"}""")]
    [InlineData("""{"multipleOf":0}""")]
    [InlineData("""{"uniqueItems":1}""")]
    [InlineData("""{"format":"phone"}""")]
    [InlineData("""{"pattern":7}""")]
    [InlineData("""{"pattern":"(a)\\1"}""")]
    [InlineData("""{"properties":[]}""")]
    [InlineData("""{"properties":{"a":true}}""")]
    [InlineData("""{"patternProperties":{}}""")]
    [InlineData("""{"additionalProperties":"no"}""")]
    [InlineData("""{"allOf":{}}""")]
    [InlineData("""{"$ref":"#/$defs/missing"}""")]
    [InlineData("""{"$ref":"#"}""")]
    [InlineData("""{"$ref":"http://127.0.0.1/schema.json"}""")]
    [InlineData("""{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}""")]
    [InlineData("""{"properties":{"a":{"$defs":{}}}}""")]
    public void A_schema_with_a_rule_that_would_not_be_checked_is_refused(string schema) =>
        Assert.Throws<FormatException>(() => Schema.Parse(schema));

    [Theory]
    [InlineData("^a$", "a", "a\n")]
    [InlineData(@"^\d+$", "12", "\u0661\u0662")]
    [InlineData(@"^[\d.]+$", "1.2", "\u0661.\u0662")]
    [InlineData(@"^\w$", "w", "\u0436")]
    [InlineData(@"^[\w-]+$", "a-b", "\u0436-b")]
    [InlineData(@"^\W\D$", "\u0436\u0661", "a1")]
    [InlineData(@"^[$]\$$", "$$", "$$\n")]
    [InlineData(@"^\[$", "[", "[\n")]
    [InlineData(@"^[\]a]$", "]", "]\n")]
    public void A_pattern_means_what_JSON_Schema_says_it_means(string pattern, string right, string wrong)
    {
        var schema = Schema.Parse(JsonSerializer.Serialize(new { pattern }));

        Assert.Empty(schema.Check(JsonSerializer.SerializeToElement(right)));
        Assert.Equal(new SchemaFault("$", $"must match {pattern}"), Assert.Single(schema.Check(JsonSerializer.SerializeToElement(wrong))));
    }

    [Fact]
    public void No_value_makes_a_pattern_slow()
    {
        var schema = Schema.Parse("""{"pattern":"^(a+)+$"}""");
        var value = JsonSerializer.SerializeToElement(new string('a', 16_000) + "!");

        var started = Stopwatch.GetTimestamp();
        Assert.Single(schema.Check(value));

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void A_fault_never_quotes_the_value() =>
        Assert.DoesNotContain(Check("""{"pattern":"^C"}""", "\"my secret\""), fault => fault.What.Contains("my secret", StringComparison.Ordinal));

    private static ImmutableArray<SchemaFault> Check(string schema, string value) => Schema.Parse(schema).Check(JsonElement.Parse(value));
}
