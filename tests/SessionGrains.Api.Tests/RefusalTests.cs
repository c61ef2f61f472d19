namespace SessionGrains.Api.Tests;

/// <summary>Every refusal has one status and one code, and says when to come back.</summary>
public sealed class RefusalTests : IClassFixture<ApiUnderTest>
{
    private readonly ApiUnderTest api;

    public RefusalTests(ApiUnderTest api)
    {
        this.api = api;
        api.Grains.Reset();
    }

    public static TheoryData<RefusalCode, int, string> Table => new()
    {
        { RefusalCode.NotFound, 404, "not_found" },
        { RefusalCode.DefinitionNotFound, 404, "definition_not_found" },
        { RefusalCode.Forbidden, 403, "forbidden" },
        { RefusalCode.InvalidInputs, 422, "invalid_inputs" },
        { RefusalCode.IdempotencyKeyReused, 422, "idempotency_key_reused" },
        { RefusalCode.InvalidClientSecret, 401, "invalid_client_secret" },
        { RefusalCode.ClientSecretUsed, 409, "client_secret_used" },
        { RefusalCode.CallTaken, 409, "call_taken" },
        { RefusalCode.WorkflowNotConnectable, 409, "workflow_not_connectable" },
        { RefusalCode.WorkflowEnded, 410, "workflow_ended" },
        { RefusalCode.InvalidOffer, 400, "invalid_request" },
        { RefusalCode.DataChannelNotAllowed, 422, "data_channel_not_allowed" },
        { RefusalCode.QuotaExceeded, 429, "quota_exceeded" },
        { RefusalCode.RateLimited, 429, "rate_limited" },
        { RefusalCode.ProviderRejected, 502, "provider_rejected" },
        { RefusalCode.ProviderUnavailable, 503, "provider_unavailable" },
        { RefusalCode.ProviderRateLimited, 503, "provider_rate_limited" },
        { RefusalCode.StorageUnavailable, 503, "storage_unavailable" },
        { RefusalCode.Draining, 503, "draining" },
        { RefusalCode.RelayNotAllowed, 403, "relay_not_allowed" },
        { RefusalCode.ToolNotAllowed, 403, "tool_not_allowed" },
        { RefusalCode.InvalidToolArguments, 422, "invalid_tool_arguments" },
        { RefusalCode.ToolCallConflict, 409, "tool_call_conflict" },
        { RefusalCode.ToolCallLimit, 429, "tool_call_limit" },
    };

    [Fact]
    public void The_table_of_refusals_is_complete() =>
        Assert.Equal(Enum.GetValues<RefusalCode>().Order(), Table.Select(row => row.Data.Item1).Order());

    [Theory, MemberData(nameof(Table))]
    public async Task A_refusal_becomes_its_status_and_code(RefusalCode refusal, int status, string code)
    {
        api.Grains.Refusal = new(refusal, "In words for a person.");

        using var response = await Start();

        var problem = await response.Problem(status, code);
        Assert.Equal("In words for a person.", problem.GetProperty("detail").GetString());
        Assert.False(problem.TryGetProperty("errors", out _));
        Assert.False(problem.TryGetProperty("rules", out _));
        Assert.False(problem.TryGetProperty("error", out _));
    }

    [Theory]
    [InlineData(0, "1")]
    [InlineData(300, "1")]
    [InlineData(1_000, "1")]
    [InlineData(1_001, "2")]
    [InlineData(59_500, "60")]
    public async Task Retry_After_is_whole_seconds_rounded_up_and_never_zero(int milliseconds, string seconds)
    {
        api.Grains.Refusal = new(RefusalCode.QuotaExceeded, "Full.") { RetryAfter = TimeSpan.FromMilliseconds(milliseconds) };

        using var response = await Start();

        Assert.Equal(seconds, response.Headers.GetValues("Retry-After").Single());
    }

    [Theory]
    [InlineData(RefusalCode.Forbidden, true)]
    [InlineData(RefusalCode.InvalidInputs, false)]
    public async Task A_refusal_with_faults_lists_them_and_a_forbidden_one_calls_them_rules_as_well(RefusalCode refusal, bool hasRules)
    {
        api.Grains.Refusal = new(refusal, "No.") { Faults = [new("allow.scopes", "One of: voice.start."), new("allow.origins", "This page is not listed.")] };

        using var response = await Start();

        var problem = await response.Json();
        Assert.Equal(["allow.scopes", "allow.origins"], problem.Places());
        Assert.Equal("One of: voice.start.", problem.GetProperty("errors")[0].GetProperty("what").GetString());
        Assert.Equal(hasRules, problem.TryGetProperty("rules", out var rules));
        Assert.True(!hasRules || rules.GetArrayLength() == 2);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("POST", "/client_secret")]
    [InlineData("POST", "/heartbeat")]
    [InlineData("POST", "/end")]
    public async Task Every_address_of_a_workflow_passes_its_refusal_on(string method, string path)
    {
        var id = api.Grains.Add(Token.Ada);
        api.Grains.Refusal = Refusal.WorkflowEnded;

        using var response = await api.Send(method, $"/v1/workflows/{id}{path}", Token.OfAda);

        await response.Problem(410, "workflow_ended");
    }

    [Theory]
    [InlineData("/nowhere")]
    [InlineData("/v1")]
    [InlineData("/v1/workflows/wf_x/tools/y")]
    [InlineData("/v2/workflows")]
    public async Task An_unknown_address_is_a_404_problem(string path)
    {
        using var response = await api.Send("GET", path, Token.OfAda);

        await response.Problem(404, "not_found");
    }

    private Task<HttpResponseMessage> Start() => api.Send("POST", "/v1/workflows", Token.OfAda, """{"definition":"voice-intake"}""");
}
