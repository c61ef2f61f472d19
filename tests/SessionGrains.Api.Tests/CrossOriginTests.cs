namespace SessionGrains.Api.Tests;

/// <summary>Which pages of other origins may read the answers.</summary>
public sealed class CrossOriginTests : IClassFixture<ApiUnderTest>
{
    private readonly ApiUnderTest api;

    public CrossOriginTests(ApiUnderTest api)
    {
        this.api = api;
        api.Grains.Reset();
    }

    [Theory]
    [InlineData("POST", "/v1/workflows", "authorization,content-type,idempotency-key")]
    [InlineData("POST", "/v1/realtime/calls", "authorization,content-type,x-openai-agents-sdk")]
    [InlineData("GET", "/v1/workflows/wf_x", "authorization,last-event-id")]
    [InlineData("GET", "/v1/workflows/wf_x/events", "authorization,last-event-id")]
    public async Task A_preflight_of_a_configured_origin_is_allowed(string method, string path, string headers)
    {
        using var response = await Preflight(path, ApiUnderTest.Origin, method, headers);

        Assert.Equal(204, (int)response.StatusCode);
        Assert.Equal(ApiUnderTest.Origin, Header(response, "Access-Control-Allow-Origin"));
        Assert.Equal("600", Header(response, "Access-Control-Max-Age"));
        Assert.Subset(Words(Header(response, "Access-Control-Allow-Headers")), Words(headers));
        Assert.Subset(Words("GET,POST"), Words(Header(response, "Access-Control-Allow-Methods")));
        Assert.Null(Header(response, "Access-Control-Allow-Credentials"));
    }

    [Theory]
    [InlineData("https://evil.example.test")]
    [InlineData("http://app.example.test")]
    [InlineData("https://app.example.test:8443")]
    [InlineData("https://app.example.test.evil.test")]
    [InlineData("https://sub.app.example.test")]
    [InlineData("null")]
    public async Task Another_origin_gets_no_permission_neither_before_nor_with_the_answer(string origin)
    {
        using var preflight = await Preflight("/v1/workflows", origin, "POST", "authorization");
        using var answer = await api.Send("POST", "/v1/workflows", Token.OfAda, """{"definition":"d"}""", headers: ("Origin", origin));

        Assert.Null(Header(preflight, "Access-Control-Allow-Origin"));
        Assert.Null(Header(answer, "Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_header_or_method_beyond_the_list_is_not_allowed()
    {
        using var header = await Preflight("/v1/workflows", ApiUnderTest.Origin, "POST", "x-other");
        using var method = await Preflight("/v1/workflows", ApiUnderTest.Origin, "DELETE", "authorization");

        Assert.DoesNotContain("x-other", Words(Header(header, "Access-Control-Allow-Headers")));
        Assert.DoesNotContain("DELETE", Words(Header(method, "Access-Control-Allow-Methods")));
    }

    [Fact]
    public async Task The_page_may_read_location_retry_after_and_idempotent_replayed()
    {
        using var response = await api.Send("POST", "/v1/workflows", Token.OfAda, """{"definition":"d"}""", headers: ("Origin", ApiUnderTest.Origin));

        Assert.Equal(ApiUnderTest.Origin, Header(response, "Access-Control-Allow-Origin"));
        Assert.Equal(Words("Location,Retry-After,Idempotent-Replayed"), Words(Header(response, "Access-Control-Expose-Headers")));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(413)]
    [InlineData(415)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task The_page_may_read_every_problem(int status)
    {
        api.Grains.Refusal = status == 429 ? new(RefusalCode.QuotaExceeded, "Full.") : null;
        if (status >= 500)
        {
            api.Grains.Faults.Enqueue(status == 500 ? new InvalidOperationException() : new TimeoutException());
        }

        using var response = await api.Send(
            status == 405 ? "PUT" : "POST",
            status == 404 ? "/nowhere" : "/v1/workflows",
            status == 401 ? null : Token.OfAda,
            status == 413 ? new string(' ', 70_000) : """{"definition":"d"}""",
            status == 415 ? "text/xml" : "application/json",
            ("Origin", ApiUnderTest.Origin));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(ApiUnderTest.Origin, Header(response, "Access-Control-Allow-Origin"));
        Assert.NotNull(Header(response, "Access-Control-Expose-Headers"));
    }

    [Fact]
    public async Task Without_configured_origins_nobody_elses_page_may_read_anything()
    {
        await using var closed = await ApiUnderTest.Start(("SessionGrains:Cors:Origins:0", null));

        using var response = await closed.Send("GET", "/v1/workflows", Token.OfAda, null, headers: ("Origin", ApiUnderTest.Origin));

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Null(Header(response, "Access-Control-Allow-Origin"));
    }

    private Task<HttpResponseMessage> Preflight(string path, string origin, string method, string headers) => api.Send(
        "OPTIONS", path, token: null, null,
        ("Origin", origin), ("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", headers));

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    private static HashSet<string> Words(string? list) =>
        (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.OrdinalIgnoreCase);
}
