using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SessionGrains.Api.Tests;

/// <summary>Tokens that must not open anything, each with the reason in its name.</summary>
internal static class BadTokens
{
    private const string Hs256 = """{"alg":"HS256","typ":"JWT"}""";
    private const string RsaHeader = """{"alg":"RS256","typ":"JWT","kid":"rsa-1"}""";

    private static readonly string Good = JsonSerializer.Serialize(Token.Claims());

    private static readonly Lazy<RSA> Attacker = new(() => RSA.Create(2048));

    public static IReadOnlyDictionary<string, Func<Authority, string>> All { get; } = new Dictionary<string, Func<Authority, string>>
    {
        // Algorithms.
        ["alg none without a signature"] = _ => Token.Unsigned("""{"alg":"none","typ":"JWT"}""", Good) + ".",
        ["alg nOnE without a signature"] = _ => Token.Unsigned("""{"alg":"nOnE","typ":"JWT"}""", Good) + ".",
        ["alg none with a good signature"] = _ => Token.Of(Good, """{"alg":"none","typ":"JWT"}"""),
        ["no alg"] = _ => Token.Of(Good, """{"typ":"JWT"}"""),
        ["alg twice"] = _ => Token.Of(Good, """{"alg":"none","alg":"HS256","typ":"JWT"}"""),
        ["HS384 with the right key"] = _ => Token.Signed(Good, """{"alg":"HS384","typ":"JWT"}""", data => HMACSHA384.HashData(ApiWithIssuers.NextKey, data)),
        ["HS512 with the right key"] = _ => Token.Signed(Good, """{"alg":"HS512","typ":"JWT"}""", data => HMACSHA512.HashData(ApiWithIssuers.NextKey, data)),
        ["HS256 with the authority's public key in PEM"] = authority => Confused(authority, Encoding.ASCII.GetBytes(authority.Rsa.ExportSubjectPublicKeyInfoPem())),
        ["HS256 with the authority's public key in PEM and a line end"] = authority => Confused(authority, Encoding.ASCII.GetBytes(authority.Rsa.ExportSubjectPublicKeyInfoPem() + "\n")),
        ["HS256 with the authority's public key in DER"] = authority => Confused(authority, authority.Rsa.ExportSubjectPublicKeyInfo()),
        ["HS256 with the authority's modulus"] = authority => Confused(authority, authority.Rsa.ExportParameters(false).Modulus!),
        ["HS256 with an empty key"] = _ => Token.Of(Good, key: []),
        ["HS256 with our key in the authority's name"] = authority => Token.Of(Token.With("iss", authority.Url)),
        ["RS256 with the authority's key in the name of an issuer that has its own"] = authority => Rs256(authority.Rsa, Good),
        ["ES256 with a signature of zeros"] = authority => Token.Signed(OfAuthority(authority), """{"alg":"ES256","typ":"JWT","kid":"ec-1"}""", _ => new byte[64]),

        // Keys.
        ["the wrong key"] = _ => Token.Of(Good, key: SHA256.HashData("another key"u8)),
        ["a neighbour's key"] = _ => Token.Of(Good, key: ApiWithIssuers.NeighbourKey),
        ["an unknown RSA key under a known kid"] = authority => Rs256(Attacker.Value, OfAuthority(authority)),
        ["kid is a path"] = _ => Token.Of(Good, """{"alg":"HS256","typ":"JWT","kid":"../../../../dev/null"}""", key: []),
        ["kid is SQL"] = _ => Token.Of(Good, """{"alg":"HS256","typ":"JWT","kid":"x' UNION SELECT 'key"}""", key: "key"u8.ToArray()),
        ["jku names the attacker's keys"] = authority => Rs256(Attacker.Value, OfAuthority(authority), """{"alg":"RS256","typ":"JWT","jku":"http://127.0.0.1:9/keys","kid":"a"}"""),
        ["jwk carries the attacker's key"] = authority => Rs256(Attacker.Value, OfAuthority(authority), $$"""{"alg":"RS256","typ":"JWT","jwk":{{AttackerJwk()}}}"""),
        ["x5u names the attacker's certificate"] = authority => Rs256(Attacker.Value, OfAuthority(authority), """{"alg":"RS256","typ":"JWT","x5u":"http://127.0.0.1:9/cert"}"""),
        ["a header that is critical to understand"] = _ => Token.Of(Good, """{"alg":"HS256","typ":"JWT","crit":["exp"]}"""),
        ["b64 is false"] = _ => Token.Of(Good, """{"alg":"HS256","typ":"JWT","b64":false,"crit":["b64"]}"""),

        // Issuer, audience, type.
        ["another issuer"] = _ => Token.Of(Token.With("iss", "https://elsewhere.test")),
        ["another issuer, signed with the authority's key"] = authority => Rs256(authority.Rsa, JsonSerializer.Serialize(Token.With("iss", "https://elsewhere.test"))),
        ["the issuer with a slash at its end"] = _ => Token.Of(Token.With("iss", Token.Issuer + "/")),
        ["no issuer"] = _ => Token.Of(Token.Without("iss")),
        ["an empty issuer"] = _ => Token.Of(Token.With("iss", "")),
        ["a list of issuers"] = _ => Token.Of(Token.With("iss", new[] { Token.Issuer })),
        ["iss twice"] = _ => Token.Of(Good.Replace("{", """{"iss":"https://elsewhere.test",""", StringComparison.Ordinal)),
        ["another audience"] = _ => Token.Of(Token.With("aud", "elsewhere")),
        ["several audiences without ours"] = _ => Token.Of(Token.With("aud", new[] { "a", "b" })),
        ["our audience in other letters"] = _ => Token.Of(Token.With("aud", "SessionGrains")),
        ["no audience"] = _ => Token.Of(Token.Without("aud")),
        ["a log-out token"] = _ => Token.Of(Good, """{"alg":"HS256","typ":"logout+jwt"}"""),
        ["a proof of possession"] = _ => Token.Of(Good, """{"alg":"HS256","typ":"dpop+jwt"}"""),

        // Times.
        ["expired 31 s ago"] = _ => Token.Of(Token.With("exp", At(-31))),
        ["expired long ago"] = _ => Token.Of(Token.With("exp", 0)),
        ["exp below zero"] = _ => Token.Of(Token.With("exp", -5_000_000_000)),
        ["exp is text"] = _ => Token.Of(Token.With("exp", "tomorrow")),
        ["no exp"] = _ => Token.Of(Token.Without("exp")),
        ["exp is null"] = _ => Token.Of(Token.With("exp", null)),
        ["valid in 31 s"] = _ => Token.Of(Token.With("nbf", At(31))),

        // The subject.
        ["no subject"] = _ => Token.Of(Token.Without("sub")),
        ["an empty subject"] = _ => Token.Of(Token.With("sub", "")),
        ["a subject of 256 characters"] = _ => Token.Of(Token.With("sub", new string('s', 256))),
        ["a subject that is a number"] = _ => Token.Of(Token.With("sub", 7)),
        ["a list of subjects"] = _ => Token.Of(Token.With("sub", new[] { "ada", "eve" })),
        ["a subject with U+0000"] = _ => Token.Of(Token.With("sub", "ada\0")),
        ["a subject with half a character"] = _ => Token.Of(Good.Replace("\"ada\"", "\"\\ud800\"", StringComparison.Ordinal)),
        ["sub twice"] = _ => Token.Of(Good.Replace("{", """{"sub":"eve",""", StringComparison.Ordinal)),
        ["a list of tenants"] = _ => Token.Of(Token.With("tid", new[] { "acme", "other" })),
        ["a tenant of 256 characters"] = _ => Token.Of(Token.With("tid", new string('t', 256))),

        // Shape.
        ["a payload changed after signing"] = _ => Changed(part: 1, Token.Encode(Encoding.UTF8.GetBytes(Good.Replace("ada", "eve", StringComparison.Ordinal)))),
        ["a header changed after signing"] = _ => Changed(part: 0, Token.Encode("""{"alg":"HS256","typ":"at+jwt"}"""u8.ToArray())),
        ["a signature cut short"] = _ => Token.OfAda[..^6],
        ["no signature"] = _ => Token.Unsigned(Hs256, Good) + ".",
        ["two parts"] = _ => Token.Unsigned(Hs256, Good),
        ["four parts"] = _ => Token.OfAda + ".x",
        ["five parts"] = _ => Token.OfAda + ".x.y",
        ["no base64"] = _ => "%%%.%%%.%%%",
        ["a payload that is no JSON"] = _ => Token.Of("ada"),
        ["a payload that is a list"] = _ => Token.Of("[]"),
        ["larger than 16 KiB"] = _ => Token.Of(Token.With("pad", new string('x', 17 * 1024))),
        ["nothing"] = _ => "",
    };

    private static long At(int seconds) => Token.Noon.AddSeconds(seconds).ToUnixTimeSeconds();

    private static string OfAuthority(Authority authority) => JsonSerializer.Serialize(Token.With("iss", authority.Url));

    private static string Confused(Authority authority, byte[] key) =>
        Token.Of(OfAuthority(authority), """{"alg":"HS256","typ":"JWT","kid":"rsa-1"}""", key);

    private static string Rs256(RSA key, string payload, string header = RsaHeader) =>
        Token.Signed(payload, header, data => key.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    private static string Changed(int part, string instead)
    {
        var parts = Token.OfAda.Split('.');
        parts[part] = instead;
        return string.Join('.', parts);
    }

    private static string AttackerJwk()
    {
        var key = Attacker.Value.ExportParameters(includePrivateParameters: false);
        return JsonSerializer.Serialize(new { kty = "RSA", n = Token.Encode(key.Modulus!), e = Token.Encode(key.Exponent!) });
    }
}
