using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SessionGrains.Api.Tests;

/// <summary>A pretended OpenID issuer that publishes one RSA and one elliptic-curve key.</summary>
internal sealed class Authority : IAsyncDisposable
{
    public const string RsaKid = "rsa-1";
    public const string EcKid = "ec-1";

    private readonly WebApplication app;
    private int asked;

    private Authority(WebApplication app) => this.app = app;

    public RSA Rsa { get; } = RSA.Create(2048);

    public ECDsa Ec { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string Url => app.Urls.First();

    /// <summary>Whether it answers nobody: the connection breaks.</summary>
    public bool IsAway { get; set; }

    /// <summary>Whether its list of keys is empty.</summary>
    public bool HasNoKeys { get; set; }

    public int Asked => asked;

    public static async Task<Authority> Start()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var authority = new Authority(app);
        app.Use(async (context, next) =>
        {
            Interlocked.Increment(ref authority.asked);
            if (authority.IsAway)
            {
                context.Abort();
                return;
            }

            await next(context);
        });
        app.MapGet("/.well-known/openid-configuration", () => Results.Json(new { issuer = authority.Url, jwks_uri = $"{authority.Url}/keys" }));
        app.MapGet("/keys", () => Results.Json(new { keys = authority.HasNoKeys ? [] : new[] { authority.RsaJwk(), authority.EcJwk() } }));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return authority;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        Rsa.Dispose();
        Ec.Dispose();
    }

    /// <summary>A good token of the test user, signed by this issuer.</summary>
    public string TokenOfAda() => Token.Signed(
        System.Text.Json.JsonSerializer.Serialize(Token.With("iss", Url)),
        $$"""{"alg":"ES256","typ":"at+jwt","kid":"{{EcKid}}"}""",
        data => Ec.SignData(data, HashAlgorithmName.SHA256));

    public Dictionary<string, string> RsaJwk()
    {
        var key = Rsa.ExportParameters(includePrivateParameters: false);
        return new()
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["kid"] = RsaKid,
            ["n"] = Token.Encode(key.Modulus!),
            ["e"] = Token.Encode(key.Exponent!),
        };
    }

    private Dictionary<string, string> EcJwk()
    {
        var key = Ec.ExportParameters(includePrivateParameters: false);
        return new()
        {
            ["kty"] = "EC",
            ["use"] = "sig",
            ["kid"] = EcKid,
            ["crv"] = "P-256",
            ["x"] = Token.Encode(key.Q.X!),
            ["y"] = Token.Encode(key.Q.Y!),
        };
    }
}

/// <summary>The API with two issuers that share secrets with it, one of them twice, and an authority with published keys.</summary>
public sealed class ApiWithIssuers : IAsyncLifetime
{
    public const string Neighbour = "https://neighbour.test";

    public static readonly byte[] NeighbourKey = SHA256.HashData("the neighbour's key"u8);
    public static readonly byte[] NextKey = SHA512.HashData("the key after a rotation"u8);

    internal Authority Authority { get; private set; } = null!;

    public ApiUnderTest Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Authority = await Authority.Start();
        Api = await ApiUnderTest.Start(
            ("Authentication:Schemes:Bearer:Authority", Authority.Url),
            ("Authentication:Schemes:Bearer:RequireHttpsMetadata", "false"),
            ("Authentication:Schemes:Bearer:ValidIssuers:0", Neighbour),
            ("Authentication:Schemes:Bearer:SigningKeys:1:Issuer", Neighbour),
            ("Authentication:Schemes:Bearer:SigningKeys:1:Value", Convert.ToBase64String(NeighbourKey)),
            ("Authentication:Schemes:Bearer:SigningKeys:2:Issuer", Token.Issuer),
            ("Authentication:Schemes:Bearer:SigningKeys:2:Value", Convert.ToBase64String(NextKey)));
    }

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        await Authority.DisposeAsync();
    }
}
