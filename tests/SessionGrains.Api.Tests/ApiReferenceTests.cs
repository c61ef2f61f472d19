using System.Reflection;
using System.Text;
using System.Text.Json;

namespace SessionGrains.Api.Tests;

/// <summary>docs/api-reference.md is generated from what the API says of itself. API_REFERENCE=write renews it.</summary>
public sealed class ApiReferenceTests(ApiUnderTest api) : IClassFixture<ApiUnderTest>
{
    private static readonly string File = Path.Combine(
        typeof(ApiReferenceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key is "RepositoryFolder").Value!,
        "docs", "api-reference.md");

    [Fact]
    public async Task The_reference_in_the_documentation_is_what_the_API_says_of_itself()
    {
        using var response = await api.Send("GET", "/openapi/v1.json");
        var expected = Reference(await response.Json());
        if (Environment.GetEnvironmentVariable("API_REFERENCE") is "write")
        {
            await System.IO.File.WriteAllTextAsync(File, expected, TestContext.Current.CancellationToken);
        }

        Assert.Equal(expected, await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken));
    }

    private static string Reference(JsonElement document)
    {
        var text = new StringBuilder("""
            # API reference

            Every address with what it takes and answers, generated from the description that each API host serves at `/openapi/v1.json`.
            What it all means is in [the HTTP API](api.md).

            """);
        var operations =
            from path in document.GetProperty("paths").EnumerateObject()
            from operation in path.Value.EnumerateObject()
            group (path.Name, Method: operation.Name.ToUpperInvariant(), Operation: operation.Value) by operation.Value.GetProperty("tags")[0].GetString();
        foreach (var tag in operations)
        {
            text.Append($"\n## {tag.Key}\n");
            foreach (var (path, method, operation) in tag)
            {
                Describe(text, $"{method} {path}", operation);
            }
        }

        text.Append("\n## Shapes\n");
        foreach (var schema in document.GetProperty("components").GetProperty("schemas").EnumerateObject().OrderBy(schema => schema.Name, StringComparer.Ordinal))
        {
            Describe(text, schema);
        }

        return text.ToString();
    }

    private static void Describe(StringBuilder text, string title, JsonElement operation)
    {
        text.Append($"\n### `{title}`\n\n{operation.GetProperty("summary").GetString()}");
        text.Append(operation.TryGetProperty("security", out _) ? "\n" : " Without a token.\n");
        var parameters = operation.TryGetProperty("parameters", out var given)
            ? given.EnumerateArray().Select(one => $"`{one.GetProperty("name").GetString()}` ({one.GetProperty("in").GetString()})").ToList()
            : [];
        if (parameters.Count > 0)
        {
            text.Append($"\nParameters: {string.Join(", ", parameters)}.\n");
        }

        if (operation.TryGetProperty("requestBody", out var body))
        {
            var content = body.GetProperty("content").EnumerateObject().Single();
            var isRequired = body.TryGetProperty("required", out var required) && required.GetBoolean();
            text.Append($"\nBody{(isRequired ? "" : ", which may be left out")}: `{content.Name}`\n");
            Members(text, content.Value.GetProperty("schema"));
        }

        var answers = operation.GetProperty("responses").EnumerateObject().Where(answer => answer.Name != "default")
            .Select(answer => $"{answer.Name}{Content(answer.Value)}");
        text.Append($"\nAnswers {string.Join(", ", answers)}; otherwise a [problem](#problem).\n");
    }

    private static string Content(JsonElement answer)
    {
        var kinds = answer.TryGetProperty("content", out var content)
            ? content.EnumerateObject().Select(kind => kind.Value.TryGetProperty("schema", out var schema) && schema.TryGetProperty("$ref", out _) ? Type(schema) : $"`{kind.Name}`").Distinct().ToList()
            : [];
        return kinds.Count is 0 ? "" : $" with {string.Join(" or ", kinds)}";
    }

    private static void Describe(StringBuilder text, JsonProperty schema)
    {
        text.Append($"\n### {schema.Name}\n");
        if (schema.Value.TryGetProperty("enum", out var values))
        {
            text.Append($"\nOne of {string.Join(", ", values.EnumerateArray().Where(value => value.ValueKind is JsonValueKind.String).Select(value => $"`{value.GetString()}`"))}.\n");
        }

        Members(text, schema.Value);
    }

    private static void Members(StringBuilder text, JsonElement schema)
    {
        if (!schema.TryGetProperty("properties", out var properties) || !properties.EnumerateObject().Any())
        {
            return;
        }

        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(name => name.GetString()).ToHashSet() : [];
        text.Append("\n| member | type | |\n| --- | --- | --- |\n");
        foreach (var member in properties.EnumerateObject())
        {
            text.Append($"| `{member.Name}` | {Type(member.Value)} | {(required.Contains(member.Name) ? "always" : "")} |\n");
        }
    }

    private static string Type(JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            var name = reference.GetString()!.Split('/')[^1];
            return $"[{name}](#{name.ToLowerInvariant()})";
        }

        foreach (var combined in new[] { "oneOf", "anyOf", "allOf" })
        {
            if (schema.TryGetProperty(combined, out var parts))
            {
                return string.Join(" or ", parts.EnumerateArray().Select(Type));
            }
        }

        var types = !schema.TryGetProperty("type", out var type) ? "anything"
            : type.ValueKind is JsonValueKind.Array ? string.Join(" or ", type.EnumerateArray().Select(one => one.GetString()))
            : type.GetString()!;
        return schema.TryGetProperty("items", out var items) ? $"{types} of {Type(items)}"
            : schema.TryGetProperty("format", out var format) ? $"{types} ({format.GetString()})"
            : schema.TryGetProperty("maxLength", out var length) ? $"{types}, at most {length} characters"
            : types;
    }
}
