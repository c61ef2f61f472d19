using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace SessionGrains.Api.Tests;

/// <summary>Walks the endpoints that the API really has, against <see cref="EndpointExpectations"/>.</summary>
public sealed class EveryEndpointTests : IClassFixture<ApiUnderTest>
{
    private readonly ApiUnderTest api;

    public EveryEndpointTests(ApiUnderTest api)
    {
        this.api = api;
        api.Grains.Reset();
    }

    public static TheoryData<EndpointExpectation> All => new(EndpointExpectations.All);

    public static TheoryData<EndpointExpectation> Protected => new(EndpointExpectations.All.Where(each => !each.Anonymous));

    public static TheoryData<EndpointExpectation> Owned => new(EndpointExpectations.All.Where(each => each.Owned));

    public static TheoryData<EndpointExpectation> OwnedWithBody => new(EndpointExpectations.All.Where(each => each is { Owned: true, TakesBody: true }));

    public static TheoryData<EndpointExpectation> OfOperators => new(EndpointExpectations.All.Where(each => each.Operators));

    public static TheoryData<EndpointExpectation> WithBody => new(EndpointExpectations.All.Where(each => each.TakesBody));

    [Fact]
    public void Every_route_of_the_API_has_an_expectation_and_every_expectation_a_route()
    {
        var real = api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
                .Select(method => $"{method} {Template(endpoint)} {(IsAnonymous(endpoint) ? "anonymous" : "signed in")}"));
        var expected = EndpointExpectations.All.Select(each => $"{each} {(each.Anonymous ? "anonymous" : "signed in")}");

        Assert.Equal(expected.Order(), real.Order());
    }

    [Theory, MemberData(nameof(Protected))]
    public async Task Without_a_token_it_is_401(EndpointExpectation endpoint)
    {
        using var response = await Call(endpoint, token: null);

        await response.Problem(401, "unauthenticated");
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        Assert.Empty(api.Grains.Calls);
    }

    [Theory, MemberData(nameof(OfOperators))]
    public async Task Whoever_is_no_operator_gets_403_whatever_else_is_wrong(EndpointExpectation endpoint)
    {
        var tokens = new[]
        {
            Token.OfAda,
            Token.Of(Token.With("scope", "sessiongrains.operators Sessiongrains.Operator x-sessiongrains.operator")),
            Token.Of(Token.With("operator", true)),
            Token.Of(Token.With("sub", "sessiongrains.operator")),
        };
        foreach (var token in tokens)
        {
            using var good = await Call(endpoint, token);
            await good.Problem(403, "forbidden");

            using var bad = await Call(endpoint, token, "no-id", body: "{", contentType: "text/xml");
            await bad.Problem(403, "forbidden");
        }

        Assert.Empty(api.Grains.Calls);
    }

    [Theory, MemberData(nameof(OfOperators))]
    public async Task The_operators_scope_and_role_both_open_it(EndpointExpectation endpoint)
    {
        foreach (var claim in new[] { "scope", "scp", "roles", "role" })
        {
            using var response = await Call(endpoint, Token.Of(Token.With(claim, "sessiongrains.operator")));

            Assert.Equal(endpoint.Status, (int)response.StatusCode);
        }
    }

    [Theory, MemberData(nameof(Owned))]
    public async Task A_strangers_token_gets_404(EndpointExpectation endpoint)
    {
        using var response = await Call(endpoint, Token.OfStranger);

        await response.Problem(404, "not_found");
    }

    [Theory, MemberData(nameof(Owned))]
    public async Task A_malformed_id_is_the_same_404_as_an_unknown_one(EndpointExpectation endpoint)
    {
        using var unknown = await Call(endpoint, Token.OfAda, WorkflowId.New().Value);
        var expected = (await unknown.Problem(404, "not_found")).GetProperty("detail").GetString();

        foreach (var malformed in new[] { "wf_", "abc", "wf_" + new string('A', 26), "..%2f..", "%01", new string('a', 3000) })
        {
            using var response = await Call(endpoint, Token.OfAda, malformed);
            Assert.Equal(expected, (await response.Problem(404, "not_found")).GetProperty("detail").GetString());
        }
    }

    [Theory, MemberData(nameof(OwnedWithBody))]
    public async Task Ownership_answers_before_a_bad_body_does(EndpointExpectation endpoint)
    {
        var bodies = new[] { ("{\"unknown\":1}", "application/json"), ("{", "application/json"), ("<a/>", "text/xml"), (new string(' ', 70_000), "application/json") };
        foreach (var (body, type) in bodies)
        {
            using var response = await Call(endpoint, Token.OfStranger, body: body, contentType: type);
            await response.Problem(404, "not_found");
        }
    }

    [Theory, MemberData(nameof(WithBody))]
    public async Task A_bad_body_is_refused_to_its_owner_and_changes_nothing(EndpointExpectation endpoint)
    {
        using var unknown = await Call(endpoint, endpoint.GoodToken, body: """{"unknown":1}""");
        Assert.Contains("$.unknown", (await unknown.Problem(400, "invalid_request")).Places());

        using var xml = await Call(endpoint, endpoint.GoodToken, body: "<a/>", contentType: "text/xml");
        await xml.Problem(415, "unsupported_media_type");

        using var large = await Call(endpoint, endpoint.GoodToken, body: $"{{{new string(' ', 64 * 1024)}}}");
        await large.Problem(413, "payload_too_large");

        Assert.All(api.Grains.Calls, call => Assert.Equal("View", call));
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_good_request_of_the_owner_is_answered(EndpointExpectation endpoint)
    {
        using var response = await Call(endpoint, endpoint.GoodToken);

        Assert.Equal(endpoint.Status, (int)response.StatusCode);
    }

    [Theory, MemberData(nameof(All))]
    public async Task Every_answer_carries_the_security_headers_and_those_under_v1_are_never_stored(EndpointExpectation endpoint)
    {
        foreach (var token in new[] { null, Token.OfAda, Token.OfStranger, Token.OfOperator })
        {
            using var response = await Call(endpoint, token);

            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
            Assert.False(response.Headers.Contains("Server"));
            if (endpoint.Route.StartsWith("/v1/", StringComparison.Ordinal))
            {
                Assert.True(response.Headers.CacheControl?.NoStore);
            }
        }
    }

    [Theory, MemberData(nameof(All))]
    public async Task Another_method_is_405_with_the_methods_that_are_allowed(EndpointExpectation endpoint)
    {
        using var response = await api.Send("DELETE", Path(endpoint, WorkflowId.New().Value), Token.OfAda);

        await response.Problem(405, "method_not_allowed");
        Assert.Contains(endpoint.Method, response.Content.Headers.Allow);
    }

    private Task<HttpResponseMessage> Call(
        EndpointExpectation endpoint, string? token, string? id = null, string? body = null, string contentType = "application/json")
    {
        var path = Path(endpoint, id ?? api.Grains.Add(Token.Ada).Value);
        return endpoint.Streams
            ? api.Open(path, token)
            : api.Send(endpoint.Method, path, token, body ?? endpoint.Body, contentType);
    }

    private static string Path(EndpointExpectation endpoint, string id) =>
        endpoint.Route
            .Replace("{id}", id, StringComparison.Ordinal)
            .Replace("{call_id}", "call_1", StringComparison.Ordinal)
            .Replace("{file}", "index.js", StringComparison.Ordinal)
            .Replace("{documentName}", "v1", StringComparison.Ordinal);

    private static string Template(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.Trim('/');

    private static bool IsAnonymous(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IAuthorizeData>() is null || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;
}
