using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SessionGrains.Testing.Hosts;

/// <summary>Signs test users' tokens, and configures a host to believe them.</summary>
internal static class Tokens
{
    private const string Issuer = "https://issuer.test";
    private const string Audience = "sessiongrains";

    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    public static Dictionary<string, string> Configuration { get; } = new()
    {
        ["Authentication__Schemes__Bearer__ValidIssuer"] = Issuer,
        ["Authentication__Schemes__Bearer__ValidAudiences__0"] = Audience,
        ["Authentication__Schemes__Bearer__SigningKeys__0__Issuer"] = Issuer,
        ["Authentication__Schemes__Bearer__SigningKeys__0__Value"] = Convert.ToBase64String(Key),
    };

    public static string For(string user, string? tenant = "acme", string scope = "voice.start")
    {
        var claims = new Dictionary<string, object>
        {
            ["iss"] = Issuer,
            ["aud"] = Audience,
            ["sub"] = user,
            ["name"] = user,
            ["scope"] = scope,
            ["exp"] = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds(),
        };
        if (tenant is not null)
        {
            claims["tid"] = tenant;
        }

        var text = $"{Encode("""{"alg":"HS256","typ":"JWT"}"""u8)}.{Encode(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{text}.{Encode(HMACSHA256.HashData(Key, Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);
}
