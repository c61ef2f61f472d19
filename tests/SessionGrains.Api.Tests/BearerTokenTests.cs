using System.Security.Cryptography;
using System.Text.Json;

namespace SessionGrains.Api.Tests;

/// <summary>Which bearer tokens are taken, and who the caller then is.</summary>
public sealed class BearerTokenTests : IClassFixture<ApiWithIssuers>
{
    private readonly ApiUnderTest api;
    private readonly Authority authority;

    public BearerTokenTests(ApiWithIssuers issuers)
    {
        (api, authority) = (issuers.Api, issuers.Authority);
        api.Grains.Reset();
    }

    public static TheoryData<string> Bad => new(BadTokens.All.Keys);

    [Theory, MemberData(nameof(Bad))]
    public async Task A_bad_token_is_401_and_reaches_no_grain(string name)
    {
        using var response = await Start(BadTokens.All[name](authority));

        await response.Problem(401, "unauthenticated");
        Assert.StartsWith("Bearer", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Empty(api.Grains.Calls);
    }

    [Fact]
    public async Task A_good_token_is_taken()
    {
        using var response = await Start(Token.OfAda);

        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal(Token.Ada, api.Grains.LastCaller!.User);
    }

    [Theory]
    [InlineData(-29, true)]
    [InlineData(-30, true)]
    [InlineData(-31, false)]
    public async Task A_token_is_good_until_30_seconds_after_its_end(int seconds, bool taken)
    {
        using var response = await Start(Token.Of(Token.With("exp", Token.Noon.AddSeconds(seconds).ToUnixTimeSeconds())));

        Assert.Equal(taken ? 201 : 401, (int)response.StatusCode);
    }

    [Theory]
    [InlineData(29, true)]
    [InlineData(31, false)]
    public async Task A_token_is_good_from_30_seconds_before_its_beginning(int seconds, bool taken)
    {
        using var response = await Start(Token.Of(Token.With("nbf", Token.Noon.AddSeconds(seconds).ToUnixTimeSeconds())));

        Assert.Equal(taken ? 201 : 401, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("""{"alg":"HS256"}""")]
    [InlineData("""{"alg":"HS256","typ":"JWT"}""")]
    [InlineData("""{"alg":"HS256","typ":"jwt"}""")]
    [InlineData("""{"alg":"HS256","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"HS256","typ":"application/at+jwt"}""")]
    public async Task Access_tokens_of_every_usual_type_are_taken(string header)
    {
        using var response = await Start(Token.Of(JsonSerializer.Serialize(Token.Claims()), header));

        Assert.Equal(201, (int)response.StatusCode);
    }

    [Fact]
    public async Task One_good_audience_among_several_is_enough()
    {
        using var response = await Start(Token.Of(Token.With("aud", new[] { "elsewhere", Token.Audience })));

        Assert.Equal(201, (int)response.StatusCode);
    }

    [Fact]
    public async Task Both_keys_of_an_issuer_hold_during_a_rotation()
    {
        using var before = await Start(Token.OfAda);
        using var after = await Start(Token.Of(Token.Claims(), ApiWithIssuers.NextKey));

        Assert.Equal((201, 201), ((int)before.StatusCode, (int)after.StatusCode));
    }

    [Fact]
    public async Task A_second_issuer_signs_with_its_own_key_and_its_users_are_others()
    {
        using var response = await Start(Token.Of(Token.With("iss", ApiWithIssuers.Neighbour), ApiWithIssuers.NeighbourKey));

        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal(new UserId(ApiWithIssuers.Neighbour, "acme", "ada"), api.Grains.LastCaller!.User);
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("PS256")]
    [InlineData("ES256")]
    public async Task An_authority_signs_with_the_keys_that_it_publishes(string algorithm)
    {
        Func<byte[], byte[]> sign = algorithm switch
        {
            "RS256" => data => authority.Rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "PS256" => data => authority.Rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            _ => data => authority.Ec.SignData(data, HashAlgorithmName.SHA256),
        };
        var kid = algorithm is "ES256" ? Authority.EcKid : Authority.RsaKid;
        var payload = JsonSerializer.Serialize(Token.With("iss", authority.Url));

        using var response = await Start(Token.Signed(payload, $$"""{"alg":"{{algorithm}}","typ":"at+jwt","kid":"{{kid}}"}""", sign));

        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal(authority.Url, api.Grains.LastCaller!.User.Issuer);
    }

    [Fact]
    public async Task A_token_in_the_query_opens_nothing()
    {
        using var response = await api.Send("GET", $"/v1/workflows?access_token={Token.OfAda}");

        await response.Problem(401, "unauthenticated");
    }

    [Fact]
    public async Task Two_authorization_headers_open_nothing()
    {
        using var response = await api.Send("GET", "/v1/workflows", Token.OfAda, null, headers: ("Authorization", $"Bearer {Token.OfAda}"));

        await response.Problem(401, "unauthenticated");
    }

    [Fact]
    public async Task Another_scheme_than_bearer_opens_nothing()
    {
        using var response = await api.Send("GET", "/v1/workflows", token: null, null, headers: ("Authorization", $"Basic {Token.OfAda}"));

        await response.Problem(401, "unauthenticated");
    }

    [Fact]
    public async Task Claims_keep_their_names_and_lists_become_several_values()
    {
        var claims = Token.Claims();
        claims["department"] = new[] { "intake", "sales" };
        claims["scope"] = "voice.start other";
        claims["email_verified"] = true;
        claims["level"] = 3;
        claims["nothing"] = null;
        claims["address"] = new { city = "Paris" };

        using var response = await api.Send(
            "POST", "/v1/workflows", Token.Of(claims), """{"definition":"d"}""", headers: ("Origin", "https://app.example.test"));

        var caller = api.Grains.LastCaller!;
        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal(["intake", "sales"], caller.Values("department"));
        Assert.Equal(["voice.start", "other"], caller.Scopes);
        Assert.Equal(["true"], caller.Values("email_verified"));
        Assert.Equal(["3"], caller.Values("level"));
        Assert.Empty(caller.Values("nothing"));
        Assert.Equal(["""{"city":"Paris"}"""], caller.Values("address"));
        Assert.Equal(["ada"], caller.Values("sub"));
        Assert.Equal("https://app.example.test", caller.Origin);
    }

    [Fact]
    public async Task A_token_without_a_tenant_belongs_to_no_tenant()
    {
        using var response = await Start(Token.Of(Token.Without("tid")));

        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal(new UserId(Token.Issuer, null, "ada"), api.Grains.LastCaller!.User);
        Assert.Null(api.Grains.LastCaller.Origin);
    }

    [Fact]
    public async Task A_subject_of_255_characters_is_taken()
    {
        using var response = await Start(Token.Of(Token.With("sub", new string('s', 255))));

        Assert.Equal(201, (int)response.StatusCode);
    }

    private Task<HttpResponseMessage> Start(string token) => api.Send("POST", "/v1/workflows", token, """{"definition":"voice-intake"}""");
}
