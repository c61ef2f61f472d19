using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace SessionGrains.Api.Tests;

/// <summary>How operators get into their console, and what its cookie is good for.</summary>
public sealed class ConsoleTests : IClassFixture<ApiUnderTest>
{
    private readonly ApiUnderTest api;

    public ConsoleTests(ApiUnderTest api)
    {
        this.api = api;
        api.Grains.Reset();
    }

    [Fact]
    public async Task A_person_without_a_token_is_led_to_the_sign_in_and_a_program_gets_401()
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = api.Client.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/console");
        request.Headers.TryAddWithoutValidation("Accept", "text/html,application/xhtml+xml");
        using var person = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.Found, "/sign-in"), (person.StatusCode, person.Headers.Location?.ToString()));

        using var program = await api.Send("GET", "/console");
        await program.Problem(401, "unauthenticated");
    }

    [Fact]
    public async Task A_token_becomes_a_cookie_that_no_script_can_read_and_no_other_site_can_use()
    {
        using var response = await api.Send("POST", "/console/session", Token.OfOperator, headers: ("Origin", "https://console.example.test"));

        var cookie = Assert.Single(response.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith($"sessiongrains_console={Token.OfOperator};", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("expires=Tue, 24 Nov 2026 12:05:00 GMT", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Signing_out_takes_the_cookie_away()
    {
        using var response = await api.Send("POST", "/console/sign-out", headers: [Cookie(Token.OfOperator), SameOrigin]);

        Assert.Equal(204, (int)response.StatusCode);
        Assert.Contains("sessiongrains_console=; expires=Thu, 01 Jan 1970", Assert.Single(response.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/console")]
    [InlineData("/console/index.js")]
    [InlineData("/v1/admin/cluster")]
    public async Task The_cookie_opens_what_is_for_operators(string path)
    {
        using var response = await api.Send("GET", path, headers: Cookie(Token.OfOperator));

        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    public async Task The_cookie_opens_nothing_else()
    {
        using var response = await api.Send("GET", "/v1/workflows", headers: [Cookie(Token.OfAda), SameOrigin]);

        await response.Problem(401, "unauthenticated");
    }

    [Fact]
    public async Task A_users_token_in_the_cookie_is_403_as_in_the_header()
    {
        using var response = await api.Send("GET", "/console", headers: Cookie(Token.OfAda));

        await response.Problem(403, "forbidden");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("none")]
    [InlineData("same-site")]
    [InlineData("cross-site")]
    public async Task A_change_that_is_not_asked_for_by_our_own_page_does_not_take_the_cookie(string? site)
    {
        var id = api.Grains.Add(Token.Ada);
        (string, string)[] headers = site is null ? [Cookie(Token.OfOperator)] : [Cookie(Token.OfOperator), ("Sec-Fetch-Site", site)];

        using var response = await api.Send("POST", $"/v1/admin/workflows/{id}/revoke", null, "{}", headers: headers);

        await response.Problem(401, "unauthenticated");
        Assert.Empty(api.Grains.Calls);
    }

    [Fact]
    public async Task A_change_that_our_own_page_asks_for_takes_it()
    {
        var id = api.Grains.Add(Token.Ada);

        using var response = await api.Send("POST", $"/v1/admin/workflows/{id}/revoke", null, "{}", headers: [Cookie(Token.OfOperator), SameOrigin]);

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(["Revoke by olga"], api.Grains.Calls);
    }

    [Fact]
    public async Task The_header_goes_before_the_cookie()
    {
        using var response = await api.Send("GET", "/v1/admin/cluster", Token.OfAda, headers: Cookie(Token.OfOperator));

        await response.Problem(403, "forbidden");
    }

    [Fact]
    public async Task A_token_that_no_browser_would_keep_is_refused_with_a_reason()
    {
        var token = Token.Of(new Dictionary<string, object?>(Token.Claims("olga")) { ["scope"] = "sessiongrains.operator", ["groups"] = new string('g', 3_000) });

        using var response = await api.Send("POST", "/console/session", token);

        Assert.Contains("3800", (await response.Problem(400, "invalid_request")).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("/console")]
    [InlineData("/sign-in")]
    public async Task The_pages_run_nothing_but_our_own_files_and_cannot_be_framed(string path)
    {
        using var response = await api.Send("GET", path, Token.OfOperator);

        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Orleans_dashboard_is_there_only_where_it_is_switched_on()
    {
        using var response = await api.Send("GET", "/console/orleans/index.html", Token.OfOperator);

        await response.Problem(404, "not_found");
    }

    [Fact]
    public async Task Every_address_of_Orleans_dashboard_is_for_operators_alone()
    {
        await using var cluster = new LoopbackCluster();
        await cluster.Start();
        await using var watched = ApiUnderTest.Unstarted(ApiUnderTest.OfCluster(cluster), ("SessionGrains:Dashboard", "true"));
        await watched.StartAsync();
        var paths = watched.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.Trim('/')).Where(path => path.StartsWith("/console/orleans", StringComparison.Ordinal)).ToList();

        Assert.True(paths.Count > 5, string.Join(' ', paths));
        foreach (var path in paths.Select(path => Regex.Replace(path, "{[^}]*}", "1")))
        {
            using var user = await watched.Send("GET", path, Token.OfAda);
            await user.Problem(403, "forbidden");
            using var nobody = await watched.Send("GET", path);
            await nobody.Problem(401, "unauthenticated");
        }
    }

    private static (string, string) SameOrigin => ("Sec-Fetch-Site", "same-origin");

    private static (string, string) Cookie(string token) => ("Cookie", $"sessiongrains_console={token}");
}
