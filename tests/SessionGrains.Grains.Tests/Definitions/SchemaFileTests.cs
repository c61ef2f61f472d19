using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Xunit;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>The schemas that editors use say the same as the readers.</summary>
public sealed class SchemaFileTests
{
    [Theory]
    [InlineData("definition")]
    [InlineData("tool")]
    public void A_schema_and_its_reader_know_the_same_members(string kind) =>
        Assert.Equal(Known(kind).Select(member => member.Path).Order(StringComparer.Ordinal), Members(kind).Keys.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("definition")]
    [InlineData("tool")]
    public void A_schema_and_its_reader_have_the_same_bounds_and_defaults(string kind)
    {
        var members = Members(kind);
        foreach (var (path, number, _) in Known(kind).Where(member => member.Number is not null))
        {
            var schema = members[path];
            Assert.Equal((path, number!.Minimum, number.Maximum), (path, schema.GetProperty("minimum").GetDecimal(), schema.GetProperty("maximum").GetDecimal()));
            Assert.Equal(number.IsWhole ? "integer" : "number", schema.GetProperty("type").GetString());

            // Where a member has no default, zero stands for it and lies outside the bounds.
            Assert.Equal(number.Default >= number.Minimum, schema.TryGetProperty("default", out var standard));
            Assert.True(standard.ValueKind == JsonValueKind.Undefined || standard.GetDecimal() == number.Default, path);
        }
    }

    [Theory]
    [InlineData("definition")]
    [InlineData("tool")]
    public void A_schema_and_its_reader_know_the_same_words(string kind)
    {
        var members = Members(kind);
        foreach (var (path, _, words) in Known(kind).Where(member => !member.Words.IsDefault))
        {
            Assert.Equal(words, members[path].GetProperty("enum").EnumerateArray().Select(word => word.GetString()!));
        }
    }

    [Theory]
    [InlineData("definition", "Definition files")]
    [InlineData("tool", "Tool files")]
    public void The_documentation_lists_each_member_with_its_default_and_bounds(string kind, string heading)
    {
        var section = Repository.Read("docs", "definitions.md").Split("\n## ").Single(section => section.StartsWith(heading, StringComparison.Ordinal));
        var rows = section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split(" | ")).ToDictionary(cells => cells[0].Trim('|', ' ', '`'));

        Assert.Equal(Known(kind).Select(member => member.Path).Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        foreach (var (path, number, words) in Known(kind))
        {
            if (number is not null)
            {
                var standard = number.Default < number.Minimum ? "–" : number.Default.ToString(CultureInfo.InvariantCulture);
                Assert.Equal((path, standard), (path, rows[path][1]));
                Assert.Equal((path, string.Create(CultureInfo.InvariantCulture, $"{number.Minimum} to {number.Maximum}")), (path, rows[path][2]));
            }
            else if (!words.IsDefault)
            {
                Assert.Equal((path, string.Join(", ", words.Select(word => $"`{word}`"))), (path, rows[path][2]));
            }
        }
    }

    private static ImmutableArray<KnownMember> Known(string kind) => kind == "tool" ? KnownMembers.OfTool : KnownMembers.OfDefinition;

    private static Dictionary<string, JsonElement> Members(string kind)
    {
        var members = new Dictionary<string, JsonElement>();
        Collect(Repository.Schema(kind), "", members);
        return members;
    }

    // Only objects that are closed are ours; a session or a JSON Schema is described elsewhere.
    private static void Collect(JsonElement schema, string prefix, Dictionary<string, JsonElement> members)
    {
        Assert.Equal(JsonValueKind.False, schema.GetProperty("additionalProperties").ValueKind);
        foreach (var member in schema.GetProperty("properties").EnumerateObject())
        {
            var path = prefix + member.Name;
            members.Add(path, member.Value);
            if (IsClosed(member.Value))
            {
                Collect(member.Value, path + ".", members);
            }

            if (member.Value.TryGetProperty("items", out var items) && items.TryGetProperty("anyOf", out var forms))
            {
                foreach (var form in forms.EnumerateArray().Where(IsClosed))
                {
                    Collect(form, path + "[].", members);
                }
            }
        }
    }

    private static bool IsClosed(JsonElement schema) =>
        schema.TryGetProperty("additionalProperties", out var others) && others.ValueKind == JsonValueKind.False;
}
