using System.Text.Json;

namespace SessionGrains.Api.Tests;

/// <summary>Tool calls that the browser passes on, looks at, and agrees to.</summary>
public sealed class ToolCallTests : IClassFixture<ApiUnderTest>
{
    private const string Good = """{"call_id":"call_1","name":"lookup_order","arguments":"{\"order_id\": 7}"}""";

    private readonly ApiUnderTest api;
    private readonly WorkflowId id;

    public ToolCallTests(ApiUnderTest api)
    {
        this.api = api;
        api.Grains.Reset();
        id = api.Grains.Add(Token.Ada);
    }

    [Fact]
    public async Task A_relayed_call_answers_with_the_tool_call_object()
    {
        using var response = await Relay(Good);

        Assert.Equal(200, (int)response.StatusCode);
        Assert.False(response.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal(
            $$$"""{"object":"tool_call","workflow_id":"{{{id}}}","call_id":"call_1","name":"lookup_order","arguments_hash":"sha256:abc","status":"completed","output":"{\"state\":\"sent\"}","error":null,"created_at":"2026-11-24T12:01:00Z","completed_at":"2026-11-24T12:01:02Z","source":"relay"}""",
            (await response.Json()).GetRawText());
    }

    [Theory]
    [InlineData(ToolCallStatus.Completed, 200)]
    [InlineData(ToolCallStatus.Failed, 200)]
    [InlineData(ToolCallStatus.Denied, 200)]
    [InlineData(ToolCallStatus.TimedOut, 200)]
    [InlineData(ToolCallStatus.Unknown, 200)]
    [InlineData(ToolCallStatus.Running, 202)]
    [InlineData(ToolCallStatus.PendingApproval, 202)]
    public async Task A_call_that_may_still_change_is_202_and_says_where_to_look(ToolCallStatus status, int expected)
    {
        api.Grains.OnToolCall = call => call with { Status = status };

        using var response = await Relay(Good);

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal(expected == 202 ? $"/v1/workflows/{id}/tool_calls/call_1" : null, response.Headers.Location?.ToString());
        Assert.Equal(JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString()), (await response.Json()).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(ToolCallStatus.Completed, 200)]
    [InlineData(ToolCallStatus.PendingApproval, 202)]
    public async Task A_repeat_says_that_it_is_one(ToolCallStatus status, int expected)
    {
        (api.Grains.IsReplay, api.Grains.OnToolCall) = (true, call => call with { Status = status });

        using var response = await Relay(Good);

        Assert.Equal((expected, "true"), ((int)response.StatusCode, response.Headers.GetValues("Idempotent-Replayed").Single()));
    }

    [Theory]
    [InlineData("""{"call_id":"c","name":"n","arguments":"{\"a\": 1}"}""", "{\"a\": 1}")]
    [InlineData("""{"call_id":"c","name":"n","arguments":{"a":  1.0}}""", "{\"a\":  1.0}")]
    [InlineData("""{"call_id":"c","name":"n","arguments":"no json {"}""", "no json {")]
    [InlineData("""{"call_id":"c","name":"n","arguments":""}""", "")]
    public async Task Arguments_reach_the_grain_as_the_text_that_they_came_as(string body, string arguments)
    {
        using var response = await Relay(body);

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal((ToolCallId.Parse("c"), "n", arguments), api.Grains.LastRelay);
    }

    [Theory]
    [InlineData("""{"name":"n","arguments":"{}"}""", "$.call_id")]
    [InlineData("""{"call_id":"a/b","name":"n","arguments":"{}"}""", "$.call_id")]
    [InlineData("""{"call_id":"","name":"n","arguments":"{}"}""", "$.call_id")]
    [InlineData("""{"call_id":7,"name":"n","arguments":"{}"}""", "$.call_id")]
    [InlineData("""{"call_id":"c","arguments":"{}"}""", "$.name")]
    [InlineData("""{"call_id":"c","name":"","arguments":"{}"}""", "$.name")]
    [InlineData("""{"call_id":"c","name":"n"}""", "$.arguments")]
    [InlineData("""{"call_id":"c","name":"n","arguments":null}""", "$.arguments")]
    [InlineData("""{"call_id":"c","name":"n","arguments":[1]}""", "$.arguments")]
    [InlineData("""{"call_id":"c","name":"n","arguments":{"a":1,"a":2}}""", "$.arguments.a")]
    [InlineData("""{"call_id":"c","name":"n","arguments":"{}","source":"sideband"}""", "$.source")]
    public async Task A_body_that_is_not_a_tool_call_is_refused_with_its_place(string body, string place)
    {
        using var response = await Relay(body);

        Assert.Equal([place], (await response.Problem(400, "invalid_request")).Places());
        Assert.Null(api.Grains.LastRelay);
    }

    [Theory]
    [InlineData("does not exist!", 200)]
    [InlineData("", 256)]
    [InlineData("", 257)]
    public async Task An_odd_name_is_the_grains_to_refuse_and_only_a_very_long_one_is_ours(string name, int length)
    {
        var odd = name is "" ? new string('n', length) : name;
        using var response = await Relay(JsonSerializer.Serialize(new { call_id = "c", name = odd, arguments = "{}" }));

        Assert.Equal(length <= 256 ? 200 : 400, (int)response.StatusCode);
        Assert.Equal(length <= 256 ? odd : null, api.Grains.LastRelay?.Name);
    }

    [Theory]
    [InlineData("GET", "", null)]
    [InlineData("POST", "/approval", """{"decision":"deny","arguments_hash":"h"}""")]
    public async Task A_malformed_tool_call_id_is_the_same_404_as_an_unknown_one(string method, string path, string? body)
    {
        api.Grains.Refusal = Refusal.NoSuchToolCall;
        using var unknown = await api.Send(method, $"/v1/workflows/{id}/tool_calls/call_1{path}", Token.OfAda, body);
        var expected = (await unknown.Problem(404, "not_found")).GetProperty("detail").GetString();

        foreach (var malformed in new[] { "a%20b", "%2e%2e%2f", "ä", new string('c', 129) })
        {
            using var response = await api.Send(method, $"/v1/workflows/{id}/tool_calls/{malformed}{path}", Token.OfAda, body);
            Assert.Equal(expected, (await response.Problem(404, "not_found")).GetProperty("detail").GetString());
        }
    }

    [Theory]
    [InlineData(ToolCallApprover.User, "user")]
    [InlineData(ToolCallApprover.Operator, "operator")]
    [InlineData(null, null)]
    public async Task A_call_says_whose_yes_it_waits_for_while_it_waits(ToolCallApprover? approver, string? word)
    {
        api.Grains.OnToolCall = call => call with { Status = ToolCallStatus.PendingApproval, Approver = approver };
        using var pending = await View();
        api.Grains.OnToolCall = call => call with { Approver = approver };
        using var done = await View();

        Assert.Equal(word, (await pending.Json()).TryGetProperty("approver", out var said) ? said.GetString() : null);
        Assert.False((await done.Json()).TryGetProperty("approver", out _));
    }

    [Fact]
    public async Task Who_looks_at_a_call_sees_to_what_and_until_when_somebody_may_agree_while_it_waits_and_not_after()
    {
        api.Grains.OnToolCall = call => call with { Status = ToolCallStatus.PendingApproval, CompletedAt = null, Output = null, ApproveBy = Token.Noon, Arguments = "{\"amount\":5}" };
        using var pending = await View();
        api.Grains.OnToolCall = call => call with { Status = ToolCallStatus.Denied, ApproveBy = Token.Noon, Arguments = "{\"amount\":5}" };
        using var denied = await View();

        Assert.Equal("2026-11-24T12:00:00Z", (await pending.Json()).GetProperty("approve_by").GetString());
        Assert.Equal(JsonValueKind.Null, (await pending.Json()).GetProperty("completed_at").ValueKind);
        Assert.Equal("{\"amount\":5}", (await pending.Json()).GetProperty("arguments").GetString());
        Assert.False((await denied.Json()).TryGetProperty("approve_by", out _));
        Assert.False((await denied.Json()).TryGetProperty("arguments", out _));
    }

    [Theory]
    [InlineData("approve", true)]
    [InlineData("deny", false)]
    public async Task A_decision_reaches_the_call_with_the_hash_that_it_is_meant_for(string decision, bool isApproved)
    {
        using var response = await Decide($$"""{"decision":"{{decision}}","arguments_hash":"sha256:abc"}""", Token.OfAda);

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("tool_call", (await response.Json()).GetProperty("object").GetString());
        Assert.Equal((ToolCallId.Parse("call_1"), new Approver(Token.Ada, false), isApproved, "sha256:abc"), api.Grains.LastDecision);
    }

    [Theory]
    [InlineData("""{"arguments_hash":"h"}""", "$.decision")]
    [InlineData("""{"decision":"Approve","arguments_hash":"h"}""", "$.decision")]
    [InlineData("""{"decision":true,"arguments_hash":"h"}""", "$.decision")]
    [InlineData("""{"decision":"approve"}""", "$.arguments_hash")]
    [InlineData("""{"decision":"approve","arguments_hash":""}""", "$.arguments_hash")]
    public async Task A_decision_that_is_neither_yes_nor_no_or_names_no_arguments_is_refused(string body, string place)
    {
        using var response = await Decide(body, Token.OfAda);

        Assert.Equal([place], (await response.Problem(400, "invalid_request")).Places());
        Assert.Null(api.Grains.LastDecision);
    }

    [Theory]
    [InlineData("scope", "voice.start sessiongrains.operator", true)]
    [InlineData("scp", "sessiongrains.operator", true)]
    [InlineData("roles", "sessiongrains.operator", true)]
    [InlineData("role", "sessiongrains.operator", true)]
    [InlineData("scope", "sessiongrains.operators", false)]
    [InlineData("scope", "SessionGrains.Operator", false)]
    [InlineData("groups", "sessiongrains.operator", false)]
    public async Task Only_the_operators_scope_or_role_makes_an_operator(string claim, string value, bool isOperator)
    {
        var claims = Token.Claims("mallory");
        claims[claim] = value;

        using var response = await Decide("""{"decision":"approve","arguments_hash":"h"}""", Token.Of(claims));

        Assert.Equal(isOperator ? 200 : 404, (int)response.StatusCode);
        Assert.Equal(new Approver(Token.Stranger, isOperator), api.Grains.LastDecision?.Approver);
    }

    [Fact]
    public async Task An_operator_is_told_what_is_wrong_with_the_body_for_a_workflow_of_anybody()
    {
        var claims = Token.Claims("mallory");
        claims["roles"] = new[] { "sessiongrains.operator" };

        using var bad = await Decide("""{"decision":"perhaps"}""", Token.Of(claims));
        using var malformed = await api.Send("POST", "/v1/workflows/wf_x/tool_calls/call_1/approval", Token.Of(claims), "{");

        Assert.Equal(["$.decision", "$.arguments_hash"], (await bad.Problem(400, "invalid_request")).Places());
        await malformed.Problem(404, "not_found");
        Assert.Empty(api.Grains.Calls);
    }

    [Theory]
    [InlineData("POST", "", Good)]
    [InlineData("GET", "/call_1", null)]
    [InlineData("POST", "/call_1/approval", """{"decision":"deny","arguments_hash":"h"}""")]
    public async Task Every_address_of_a_tool_call_passes_its_refusal_on(string method, string path, string? body)
    {
        api.Grains.Refusal = new(RefusalCode.ToolCallConflict, "Another call has this id.");

        using var response = await api.Send(method, $"/v1/workflows/{id}/tool_calls{path}", Token.OfAda, body);

        await response.Problem(409, "tool_call_conflict");
    }

    private Task<HttpResponseMessage> Relay(string body) => api.Send("POST", $"/v1/workflows/{id}/tool_calls", Token.OfAda, body);

    private Task<HttpResponseMessage> View() => api.Send("GET", $"/v1/workflows/{id}/tool_calls/call_1", Token.OfAda);

    private Task<HttpResponseMessage> Decide(string body, string token) =>
        api.Send("POST", $"/v1/workflows/{id}/tool_calls/call_1/approval", token, body);
}
