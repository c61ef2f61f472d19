using System.Buffers.Text;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;

namespace SessionGrains.Api.Callers;

/// <summary>Reads the caller out of a verified token, or finds that the token is not one that we can trust to mean one thing.</summary>
internal static class TokenClaims
{
    private const int MaxSubject = 255;
    private const int MaxIssuer = 1024;
    private const int MaxOrigin = 1024;

    // A member that occurs twice means one thing to one reader and another to the next.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    public static bool TryRead(JsonWebToken token, string? origin, [NotNullWhen(true)] out Caller? caller)
    {
        caller = null;
        try
        {
            using var header = Parse(token.EncodedHeader);
            using var payload = Parse(token.EncodedPayload);

            // Whoever marks a header as critical demands that we refuse what we do not understand, and we understand none.
            if (header.RootElement.TryGetProperty("crit", out _) || UserIn(payload.RootElement) is not { } user)
            {
                return false;
            }

            caller = Of(user, payload.RootElement, origin);
            return true;
        }
        catch (Exception unreadable) when (unreadable is JsonException or FormatException or InvalidOperationException)
        {
            // InvalidOperationException: half a surrogate pair.
            return false;
        }
    }

    /// <summary>The caller whom a token with these claims would have; null when no token could.</summary>
    /// <param name="issuer">Who would have issued it, where the claims do not say so.</param>
    public static Caller? ReadClaims(JsonElement claims, string? origin, string issuer) =>
        UserIn(claims, issuer) is { } user ? Of(user, claims, origin) : null;

    private static Caller Of(UserId user, JsonElement payload, string? origin) => new(
        user,
        payload.EnumerateObject().ToImmutableDictionary(claim => claim.Name, claim => Values(claim.Value).ToImmutableArray()),
        origin is { Length: > 0 and <= MaxOrigin } ? origin : null);

    private static JsonDocument Parse(string part) => JsonDocument.Parse(Base64Url.DecodeFromChars(part), Strict);

    private static UserId? UserIn(JsonElement payload, string? otherwiseIssuer = null)
    {
        var hasTenant = payload.TryGetProperty("tid", out var tid) && tid.ValueKind is not JsonValueKind.Null;
        var iss = payload.TryGetProperty("iss", out _) ? Text(payload, "iss", MaxIssuer) : otherwiseIssuer;
        return iss is { } issuer
            && Text(payload, "sub", MaxSubject) is { } subject
            && (!hasTenant || Text(payload, "tid", MaxSubject) is not null)
                ? new(issuer, hasTenant ? tid.GetString() : null, subject)
                : null;
    }

    private static string? Text(JsonElement payload, string name, int maxLength) =>
        payload.TryGetProperty(name, out var claim) && claim.ValueKind is JsonValueKind.String
        && claim.GetString() is { Length: > 0 } text && text.Length <= maxLength && !text.Contains('\0', StringComparison.Ordinal)
            ? text
            : null;

    private static IEnumerable<string> Values(JsonElement claim) => claim.ValueKind switch
    {
        JsonValueKind.Null => [],
        JsonValueKind.String => [claim.GetString()!],
        JsonValueKind.Array => claim.EnumerateArray().Select(item =>
            item.ValueKind is JsonValueKind.String ? item.GetString()! : item.GetRawText()),
        _ => [claim.GetRawText()],
    };
}
