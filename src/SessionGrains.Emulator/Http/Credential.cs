using System.Security.Cryptography;
using System.Text;
using SessionGrains.Emulator.ClientSecrets;

namespace SessionGrains.Emulator.Http;

/// <summary>Who asks: a project key, or a client secret. Holds a hash, never the value.</summary>
internal sealed record Credential(string Id, ClientSecret? Secret)
{
    public bool IsKey => Secret is null;

    public string Kind => IsKey ? "key" : "ek";

    /// <summary>The first 16 hex digits of the value's SHA-256: enough to tell values apart, no use to a thief.</summary>
    public static string IdOf(string value) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)))[..16];
}
