using Microsoft.IdentityModel.Tokens;

namespace SessionGrains.Api.Callers;

/// <summary>What makes a token good: which keys, algorithms, kinds and times.</summary>
internal static class TokenRules
{
    /// <summary>How far an issuer's clock may be from ours.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private static readonly string[] Symmetric = [SecurityAlgorithms.HmacSha256];

    private static readonly string[] Asymmetric =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    public static void Apply(TokenValidationParameters rules, BearerSettings settings, TimeProvider clock)
    {
        rules.ValidateIssuer = true;
        rules.ValidateAudience = true;
        rules.ValidateLifetime = true;
        rules.RequireExpirationTime = true;
        rules.RequireSignedTokens = true;
        rules.ClockSkew = ClockSkew;
        rules.ValidAlgorithms = [.. settings.HasKeys ? Symmetric : [], .. settings.HasAuthority ? Asymmetric : []];
        rules.IssuerSigningKeys = null;
        rules.IssuerSigningKeyResolverUsingConfiguration = (_, token, _, _, published) => KeysOf(token.Issuer, settings, published);
        rules.TypeValidator = (type, _, _) => IsAccessToken(type)
            ? type
            : throw new SecurityTokenInvalidTypeException("The token is no access token.");
        rules.LifetimeValidator = (notBefore, expires, _, _) => IsWithin(notBefore, expires, clock.GetUtcNow().UtcDateTime);
    }

    // Each issuer's own keys, never a neighbour's: one issuer must not be able to speak for another, nor a public key serve as a secret.
    private static IEnumerable<SecurityKey> KeysOf(string issuer, BearerSettings settings, BaseConfiguration? published)
    {
        var own = settings.KeysOf(issuer);
        if (own.Count == 0 && settings.HasAuthority && published is null)
        {
            throw new KeysUnknownException();
        }

        return own.Count > 0
            ? own
            : published?.SigningKeys.Where(key => key is not (SymmetricSecurityKey or JsonWebKey { Kty: JsonWebAlgorithmsKeyTypes.Octet })) ?? [];
    }

    // Tokens made for something else (log-out, proof of possession) say so in their type and are no proof of who calls.
    private static bool IsAccessToken(string? type) => type is null or ""
        || type.Equals("JWT", StringComparison.OrdinalIgnoreCase)
        || type.Equals("at+jwt", StringComparison.OrdinalIgnoreCase)
        || type.Equals("application/at+jwt", StringComparison.OrdinalIgnoreCase);

    private static bool IsWithin(DateTime? notBefore, DateTime? expires, DateTime now) =>
        expires is { } end && now - end <= ClockSkew
        && (notBefore is not { } begin || begin - now <= ClockSkew);
}
