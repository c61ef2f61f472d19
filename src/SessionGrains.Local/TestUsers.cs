using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace SessionGrains.Local;

/// <summary>Tokens for made-up users, so that a laptop needs no identity provider. In Development only, and in this host alone.</summary>
internal static class TestUsers
{
    private const string Scheme = "Authentication:Schemes:Bearer";
    private const string Issuer = "https://sessiongrains.local";
    private const string Audience = "sessiongrains";

    private static readonly TimeSpan TokenTime = TimeSpan.FromHours(1);

    /// <summary>Makes up a signing key for this run, unless an identity provider is configured.</summary>
    public static WebApplicationBuilder UseTestUsers(this WebApplicationBuilder builder)
    {
        if (builder.Environment.IsDevelopment() && !builder.Configuration.GetSection(Scheme).Exists())
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                [$"{Scheme}:ValidIssuer"] = Issuer,
                [$"{Scheme}:ValidAudiences:0"] = Audience,
                [$"{Scheme}:SigningKeys:0:Issuer"] = Issuer,
                [$"{Scheme}:SigningKeys:0:Value"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
                // A page anywhere may have its own name lead to this machine; for a browser it is then of this origin, and could take tokens.
                ["AllowedHosts"] = builder.Configuration["AllowedHosts"] ?? "localhost;127.0.0.1;[::1]",
            });
        }

        return builder;
    }

    /// <summary>Hands out tokens of test users at <c>POST /dev/token</c>.</summary>
    public static WebApplication MapTestUsers(this WebApplication app)
    {
        // Only with the key that was made up here: nobody gets a token that an operator's own services would believe.
        if (app.HasTestUsers())
        {
            app.MapPost("/dev/token", Token).AllowAnonymous();
        }

        return app;
    }

    public static bool HasTestUsers(this WebApplication app) => app.Environment.IsDevelopment() && app.Configuration[$"{Scheme}:ValidIssuer"] == Issuer;

    private static Ok<TokenAnswer> Token(TokenRequest user, IConfiguration configuration, TimeProvider clock)
    {
        var scheme = configuration.GetSection(Scheme);
        var key = new SymmetricSecurityKey(Convert.FromBase64String(scheme["SigningKeys:0:Value"]!));
        var now = clock.GetUtcNow().UtcDateTime;
        var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = scheme["SigningKeys:0:Issuer"],
            Audience = scheme["ValidAudiences:0"],
            IssuedAt = now,
            Expires = now + TokenTime,
            Claims = user.Claims(),
            SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.HmacSha256),
        });
        return TypedResults.Ok(new TokenAnswer(token, "Bearer", (int)TokenTime.TotalSeconds));
    }

    /// <summary>Who the token is for; what is left out is a plain test user that may start voice workflows.</summary>
    private sealed record TokenRequest(string? Sub, string? Tid, string? Scope, string? Name, string? Department)
    {
        public Dictionary<string, object> Claims()
        {
            var claims = new Dictionary<string, object>
            {
                ["sub"] = Sub ?? "ada",
                ["scope"] = Scope ?? "voice.start",
                ["name"] = Name ?? "Ada",
            };
            Add("tid", Tid);
            Add("department", Department);
            return claims;

            void Add(string claim, string? value)
            {
                if (value is not null)
                {
                    claims[claim] = value;
                }
            }
        }
    }

    private sealed record TokenAnswer(
        [property: JsonPropertyName("access_token")] string AccessToken,
        [property: JsonPropertyName("token_type")] string TokenType,
        [property: JsonPropertyName("expires_in")] int ExpiresIn);
}
