using System.Text.Json;

namespace SessionGrains.Api.Tests;

/// <summary>The API's description for machines.</summary>
public sealed class ApiDescriptionTests(ApiUnderTest api) : IClassFixture<ApiUnderTest>
{
    [Fact]
    public async Task The_description_has_every_address_and_no_other()
    {
        var document = await Document();

        var described = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}"));
        var expected = EndpointExpectations.All.Where(each => !each.IsPage).Select(each => each.ToString());
        Assert.Equal(expected.Order(), described.Order());
    }

    [Fact]
    public async Task Every_address_says_who_may_ask_what_it_takes_and_how_it_refuses()
    {
        var document = await Document();

        foreach (var expected in EndpointExpectations.All.Where(each => !each.IsPage))
        {
            var operation = document.GetProperty("paths").GetProperty(expected.Route).GetProperty(expected.Method.ToLowerInvariant());
            Assert.NotEmpty(operation.GetProperty("summary").GetString()!);
            Assert.Equal(!expected.Anonymous, operation.TryGetProperty("security", out _));
            Assert.True(operation.TryGetProperty("requestBody", out _) || !expected.TakesBody, expected.ToString());
            Assert.Equal("#/components/schemas/Problem", operation.GetProperty("responses").GetProperty("default")
                .GetProperty("content").GetProperty("application/problem+json").GetProperty("schema").GetProperty("$ref").GetString());
            if (expected.Owned)
            {
                Assert.Equal(("id", "path", true), (
                    operation.GetProperty("parameters")[0].GetProperty("name").GetString(),
                    operation.GetProperty("parameters")[0].GetProperty("in").GetString(),
                    operation.GetProperty("parameters")[0].GetProperty("required").GetBoolean()));
            }
        }
    }

    [Fact]
    public async Task Tool_calls_and_events_are_described_with_what_they_take_and_answer()
    {
        var paths = (await Document()).GetProperty("paths");

        var relay = paths.GetProperty("/v1/workflows/{id}/tool_calls").GetProperty("post");
        Assert.Equal(["arguments", "call_id", "name"], Members(relay));
        Assert.Equal(["200", "202", "default"], relay.GetProperty("responses").EnumerateObject().Select(answer => answer.Name));
        var approval = paths.GetProperty("/v1/workflows/{id}/tool_calls/{call_id}/approval").GetProperty("post");
        Assert.Equal(["arguments_hash", "decision"], Members(approval));
        Assert.Equal(["id", "call_id"], approval.GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString()));
        var events = paths.GetProperty("/v1/workflows/{id}/events").GetProperty("get");
        Assert.Equal("Last-Event-ID", events.GetProperty("parameters")[1].GetProperty("name").GetString());
        Assert.True(events.GetProperty("responses").GetProperty("200").GetProperty("content").TryGetProperty("text/event-stream", out _));

        static IEnumerable<string> Members(JsonElement operation) => operation.GetProperty("requestBody").GetProperty("content")
            .GetProperty("application/json").GetProperty("schema").GetProperty("properties").EnumerateObject().Select(member => member.Name).Order();
    }

    [Fact]
    public async Task Every_reference_leads_somewhere()
    {
        var document = await Document();

        foreach (var reference in References(document).Distinct())
        {
            var target = document;
            foreach (var step in reference.TrimStart('#', '/').Split('/'))
            {
                Assert.True(target.TryGetProperty(step, out target), reference);
            }
        }

        Assert.NotEmpty(References(document));
    }

    private async Task<JsonElement> Document()
    {
        using var response = await api.Send("GET", "/openapi/v1.json");
        Assert.Equal(200, (int)response.StatusCode);
        var document = await response.Json();
        Assert.StartsWith("3.", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        return document;
    }

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member =>
            member is { Name: "$ref", Value.ValueKind: JsonValueKind.String } ? [member.Value.GetString()!] : References(member.Value)),
        _ => [],
    };
}
