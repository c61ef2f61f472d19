using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SessionGrains.Api.Tests;

/// <summary>Makes bearer tokens byte by byte, so that a test can also make those that no library would.</summary>
internal static class Token
{
    public const string Issuer = "https://issuer.test";
    public const string Audience = "sessiongrains";

    public static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    public static readonly byte[] Key = SHA256.HashData("the key of the tests"u8);

    public static UserId Ada { get; } = new(Issuer, "acme", "ada");

    public static UserId Stranger { get; } = new(Issuer, "acme", "mallory");

    public static string OfAda { get; } = Of(Payload(Ada));

    public static string OfStranger { get; } = Of(Payload(Stranger));

    public static string OfOperator { get; } = Of(new Dictionary<string, object?>(Claims("olga")) { ["scope"] = "openid sessiongrains.operator" });

    /// <summary>The claims of a good token, to be changed by a test.</summary>
    public static Dictionary<string, object?> Claims(string subject = "ada") => new()
    {
        ["iss"] = Issuer,
        ["aud"] = Audience,
        ["sub"] = subject,
        ["tid"] = "acme",
        ["iat"] = Noon.ToUnixTimeSeconds(),
        ["exp"] = Noon.AddMinutes(5).ToUnixTimeSeconds(),
    };

    public static Dictionary<string, object?> With(string claim, object? value) => new(Claims()) { [claim] = value };

    public static Dictionary<string, object?> Without(string claim)
    {
        var claims = Claims();
        claims.Remove(claim);
        return claims;
    }

    public static string Of(Dictionary<string, object?> claims, byte[]? key = null) => Of(JsonSerializer.Serialize(claims), key: key);

    /// <summary>A token from raw JSON parts, signed with HMAC SHA-256.</summary>
    public static string Of(string payload, string header = """{"alg":"HS256","typ":"JWT"}""", byte[]? key = null)
    {
        var signed = Unsigned(header, payload);
        return $"{signed}.{Encode(HMACSHA256.HashData(key ?? Key, Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>A token from raw JSON parts, signed by whatever the test likes.</summary>
    public static string Signed(string payload, string header, Func<byte[], byte[]> sign)
    {
        var signed = Unsigned(header, payload);
        return $"{signed}.{Encode(sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    public static string Unsigned(string header, string payload) =>
        $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(payload))}";

    public static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);

    public static string Payload(UserId user) => JsonSerializer.Serialize(Claims(user.Subject));
}
