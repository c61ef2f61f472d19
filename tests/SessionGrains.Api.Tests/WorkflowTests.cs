using System.Text.Json;

namespace SessionGrains.Api.Tests;

/// <summary>What an owner can ask of a workflow, and of the list.</summary>
public sealed class WorkflowTests : IClassFixture<ApiUnderTest>
{
    private readonly ApiUnderTest api;

    public WorkflowTests(ApiUnderTest api)
    {
        this.api = api;
        api.Grains.Reset();
    }

    [Fact]
    public async Task One_workflow_is_the_start_object_without_a_secret()
    {
        var id = api.Grains.Add(Token.Ada);

        using var response = await api.Send("GET", $"/v1/workflows/{id}", Token.OfAda);

        var workflow = await response.Json();
        Assert.Equal(("workflow", id.Value), (workflow.GetProperty("object").GetString(), workflow.GetProperty("id").GetString()));
        Assert.False(workflow.TryGetProperty("client_secret", out _));
        Assert.DoesNotContain("ek_", workflow.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reconnect_gets_the_start_object_with_a_fresh_secret()
    {
        var id = api.Grains.Add(Token.Ada);

        using var response = await api.Send("POST", $"/v1/workflows/{id}/client_secret", Token.OfAda);

        var secret = (await response.Json()).GetProperty("client_secret");
        Assert.Equal(FakeWorkflow.Secret, secret.GetProperty("value").GetString());
        Assert.Equal(Token.Noon.AddSeconds(30).ToUnixTimeSeconds(), secret.GetProperty("expires_at").GetInt64());
    }

    [Theory]
    [InlineData("client_secret")]
    [InlineData("heartbeat")]
    [InlineData("end")]
    public async Task Where_there_is_nothing_to_say_no_body_an_empty_one_and_an_empty_object_are_the_same(string path)
    {
        var id = api.Grains.Add(Token.Ada);
        var target = $"/v1/workflows/{id}/{path}";
        using var chunked = new ChunkedContent([]);

        using var none = await api.Send("POST", target, Token.OfAda);
        using var empty = await api.Send("POST", target, Token.OfAda, "", contentType: null);
        using var unsaid = await api.Send("POST", target, Token.OfAda, chunked);
        using var braces = await api.Send("POST", target, Token.OfAda, "{}");

        Assert.All([none, empty, unsaid, braces], answer => Assert.True(answer.IsSuccessStatusCode));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("0")]
    [InlineData(" ")]
    public async Task What_is_no_object_is_refused_also_where_there_is_nothing_to_say(string body)
    {
        var id = api.Grains.Add(Token.Ada);

        using var response = await api.Send("POST", $"/v1/workflows/{id}/heartbeat", Token.OfAda, body);

        await response.Problem(400, "invalid_request");
        Assert.DoesNotContain("Heartbeat", api.Grains.Calls);
    }

    [Fact]
    public async Task A_reported_call_reaches_the_workflow()
    {
        var id = api.Grains.Add(Token.Ada);

        using var response = await api.Send("POST", $"/v1/workflows/{id}/call", Token.OfAda, """{"call_id":"rtc_a-B_9"}""");

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(["ReportCall rtc_a-B_9"], api.Grains.Calls);
    }

    [Theory]
    [InlineData("""{"call_id":"call_1"}""")]
    [InlineData("""{"call_id":"rtc_"}""")]
    [InlineData("""{"call_id":"rtc_1/../2"}""")]
    [InlineData("""{"call_id":"rtc_ä"}""")]
    [InlineData("""{"call_id":null}""")]
    [InlineData("""{"call_id":["rtc_1"]}""")]
    [InlineData("{}")]
    public async Task What_is_no_call_id_is_refused_with_the_shape_of_one(string body)
    {
        var id = api.Grains.Add(Token.Ada);

        using var response = await api.Send("POST", $"/v1/workflows/{id}/call", Token.OfAda, body);

        var problem = await response.Problem(400, "invalid_request");
        Assert.Equal(["$.call_id"], problem.Places());
        Assert.Contains("rtc_", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(["View"], api.Grains.Calls);
    }

    [Theory]
    [InlineData("""{"reason_detail":"goodbye"}""", "goodbye")]
    [InlineData("""{"reason_detail":null}""", null)]
    [InlineData("{}", null)]
    public async Task An_end_passes_its_reason_on(string body, string? reason)
    {
        var id = api.Grains.Add(Token.Ada);

        using var response = await api.Send("POST", $"/v1/workflows/{id}/end", Token.OfAda, body);

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(reason, api.Grains.LastReasonDetail);
    }

    [Theory]
    [InlineData(512, 200)]
    [InlineData(513, 400)]
    public async Task A_reason_has_at_most_512_characters(int length, int status)
    {
        var id = api.Grains.Add(Token.Ada);
        var body = JsonSerializer.Serialize(new { reason_detail = new string('r', length) });

        using var response = await api.Send("POST", $"/v1/workflows/{id}/end", Token.OfAda, body);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_heartbeat_answers_204_without_a_body()
    {
        var id = api.Grains.Add(Token.Ada);

        using var response = await api.Send("POST", $"/v1/workflows/{id}/heartbeat", Token.OfAda);

        Assert.Equal(204, (int)response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_list_holds_the_callers_workflows_and_where_the_next_page_begins()
    {
        var id = WorkflowId.New();
        (api.Grains.List.Live, api.Grains.List.Next) = ([Picture.Of(id)], "after-this");

        using var response = await api.Send("GET", "/v1/workflows?limit=1&after=before-this", Token.OfAda);

        var list = await response.Json();
        Assert.Equal((Token.Ada, 1, "before-this"), api.Grains.List.Asked);
        Assert.Equal(("list", true, "after-this"),
            (list.GetProperty("object").GetString(), list.GetProperty("has_more").GetBoolean(), list.GetProperty("next").GetString()));
        Assert.Equal(id.Value, list.GetProperty("data")[0].GetProperty("id").GetString());
        Assert.False(list.GetProperty("data")[0].TryGetProperty("client_secret", out _));
    }

    [Fact]
    public async Task The_last_page_says_that_there_is_no_more()
    {
        (api.Grains.List.Live, api.Grains.List.Next) = ([], null);

        using var response = await api.Send("GET", "/v1/workflows", Token.OfAda);

        Assert.Equal("""{"object":"list","data":[],"has_more":false,"next":null}""", (await response.Json()).GetRawText());
        Assert.Equal((Token.Ada, 20, null), api.Grains.List.Asked);
    }

    [Theory]
    [InlineData("limit=1", null)]
    [InlineData("limit=100", null)]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("limit=-1", "limit")]
    [InlineData("limit=", "limit")]
    [InlineData("limit=ten", "limit")]
    [InlineData("limit=1.0", "limit")]
    [InlineData("limit=%2B1", "limit")]
    [InlineData("limit=99999999999999", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("after=", "after")]
    [InlineData("after=a&after=b", "after")]
    public async Task A_page_has_1_to_100_workflows_and_one_beginning(string query, string? wrong)
    {
        using var response = await api.Send("GET", $"/v1/workflows?{query}", Token.OfAda);

        if (wrong is null)
        {
            Assert.Equal(200, (int)response.StatusCode);
        }
        else
        {
            Assert.Equal([wrong], (await response.Problem(400, "invalid_request")).Places());
        }
    }
}
