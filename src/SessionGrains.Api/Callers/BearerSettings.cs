using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Tokens;

namespace SessionGrains.Api.Callers;

/// <summary>The part of the scheme's standard configuration that decides who can sign: the configured keys and the authority.</summary>
internal sealed class BearerSettings
{
    private readonly ILookup<string, SecurityKey> keys;

    private BearerSettings(IConfiguration section)
    {
        HasAuthority = !string.IsNullOrEmpty(section[nameof(JwtBearerOptions.Authority)])
            || !string.IsNullOrEmpty(section[nameof(JwtBearerOptions.MetadataAddress)]);
        var configured = section.GetSection("SigningKeys").GetChildren()
            .Select(key => (Issuer: key["Issuer"] ?? "", Bytes: Decode(key["Value"]), key.Path)).ToList();
        BadKeys = [.. configured.Where(key => key.Issuer is "" || key.Bytes.Length < MinKeyBytes).Select(key => key.Path)];

        // Several keys of one issuer are a rotation under way: both hold.
        keys = configured.Where(key => key.Bytes.Length >= MinKeyBytes)
            .ToLookup(key => key.Issuer, key => (SecurityKey)new SymmetricSecurityKey(key.Bytes), StringComparer.Ordinal);
    }

    /// <summary>The least that the token library verifies with.</summary>
    public static int MinKeyBytes => 16;

    public bool HasAuthority { get; }

    public bool HasKeys => keys.Count > 0;

    /// <summary>Where a configured key has no issuer, is no base64 or is too short.</summary>
    public IReadOnlyList<string> BadKeys { get; }

    public static BearerSettings Of(IAuthenticationConfigurationProvider configuration) =>
        new(configuration.GetSchemeConfiguration(JwtBearerDefaults.AuthenticationScheme));

    public IReadOnlyCollection<SecurityKey> KeysOf(string issuer) => [.. keys[issuer]];

    private static byte[] Decode(string? base64)
    {
        var bytes = new byte[base64?.Length ?? 0];
        return Convert.TryFromBase64String(base64 ?? "", bytes, out var length) ? bytes[..length] : [];
    }
}
