using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SessionGrains.Api.Tests;

/// <summary>An identity provider that does not answer: no token can be told from a forged one, which is nobody's fault who calls.</summary>
public sealed class AuthorityOutageTests : IAsyncLifetime
{
    private Authority authority = null!;
    private ApiUnderTest api = null!;

    public async ValueTask InitializeAsync()
    {
        authority = await Authority.Start();
        api = await ApiUnderTest.Start(
            ("Authentication:Schemes:Bearer:Authority", authority.Url),
            ("Authentication:Schemes:Bearer:RequireHttpsMetadata", "false"));
    }

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        await authority.DisposeAsync();
    }

    [Fact]
    public async Task A_good_token_is_503_until_the_keys_of_its_issuer_can_be_had()
    {
        authority.IsAway = true;

        using var refused = await Start(authority.TokenOfAda());

        await refused.Problem(503, "provider_unavailable");
        Assert.Equal(5, refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        Assert.Empty(refused.Headers.WwwAuthenticate);
        Assert.Empty(api.Grains.Calls);

        authority.IsAway = false;
        api.Clock.Advance(TimeSpan.FromSeconds(5));
        using var taken = await Start(authority.TokenOfAda());

        Assert.Equal(201, (int)taken.StatusCode);
    }

    [Fact]
    public async Task Keys_that_could_not_be_had_leave_one_line_in_the_log_and_are_not_asked_for_by_everybody()
    {
        authority.IsAway = true;
        var token = authority.TokenOfAda();

        foreach (var _ in Enumerable.Range(0, 5))
        {
            using var refused = await Start(token);
            await refused.Problem(503, "provider_unavailable");
        }

        var line = Assert.Single(Warnings());
        Assert.Contains(authority.Url, line, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Split('.')[1], line, StringComparison.Ordinal);
        Assert.Equal(1, authority.Asked);
    }

    [Fact]
    public async Task An_issuer_that_publishes_no_key_is_like_one_that_does_not_answer()
    {
        authority.HasNoKeys = true;

        using var refused = await Start(authority.TokenOfAda());

        await refused.Problem(503, "provider_unavailable");
        Assert.Contains("it publishes none", Assert.Single(Warnings()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_a_shared_key_has_signed_is_taken_meanwhile()
    {
        authority.IsAway = true;

        using var taken = await Start(Token.OfAda);
        using var forged = await Start(Token.OfAda + "x");
        using var none = await Start("no token at all");

        Assert.Equal(201, (int)taken.StatusCode);
        await forged.Problem(401, "unauthenticated");
        await none.Problem(401, "unauthenticated");
    }

    [Fact]
    public async Task Keys_that_are_known_are_good_while_their_issuer_is_away_and_a_wrong_token_is_401()
    {
        using var before = await Start(authority.TokenOfAda());
        authority.IsAway = true;

        using var taken = await Start(authority.TokenOfAda());
        using var forged = await Start(authority.TokenOfAda()[..^4] + "AAAA");
        using var strange = await Start(Token.Of(Token.With("iss", "https://elsewhere.test")));

        Assert.Equal((201, 201), ((int)before.StatusCode, (int)taken.StatusCode));
        await forged.Problem(401, "unauthenticated");
        await strange.Problem(401, "unauthenticated");
    }

    [Fact]
    public void Nobody_waits_long_for_an_issuer_that_is_silent()
    {
        var options = api.Services.GetRequiredService<IOptionsMonitor<JwtBearerOptions>>().Get(JwtBearerDefaults.AuthenticationScheme);

        Assert.Equal(TimeSpan.FromSeconds(10), options.BackchannelTimeout);
        Assert.Equal(TimeSpan.FromSeconds(10), options.Backchannel.Timeout);
    }

    private string[] Warnings() => [.. api.Log.Where(line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("[540]", StringComparison.Ordinal))];

    private Task<HttpResponseMessage> Start(string token) => api.Send("POST", "/v1/workflows", token, """{"definition":"voice-intake"}""");
}
