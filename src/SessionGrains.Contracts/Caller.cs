using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace SessionGrains;

/// <summary>Who a workflow belongs to: a subject, as one issuer names it, in one tenant of that issuer or in none.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.UserId")]
public sealed record UserId([property: Id(0)] string Issuer, [property: Id(1)] string? Tenant, [property: Id(2)] string Subject)
{
    /// <summary>The key under which this user's slots are counted. A hash: it names nobody and has a fixed length.</summary>
    [JsonIgnore]
    public string UserKey => "user/" + Hash(Issuer, Tenant, Subject);

    /// <summary>The key under which this user's tenant is counted; users without a tenant share their issuer's.</summary>
    [JsonIgnore]
    public string TenantKey => "tenant/" + Hash(Issuer, Tenant);

    // Lengths go in too: ("ab", "c") and ("a", "bc") are two users.
    private static string Hash(params ReadOnlySpan<string?> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            var bytes = part is null ? [] : Encoding.UTF8.GetBytes(part);
            hash.AppendData(BitConverter.GetBytes(part is null ? -1 : bytes.Length));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>A signed-in user as the API saw the request: identity, claims, and the page's origin.</summary>
/// <remarks>Claims keep the names of the token; a claim that occurs several times, or holds a list, has several values.</remarks>
[GenerateSerializer, Immutable, Alias("SessionGrains.Caller")]
public sealed record Caller(
    [property: Id(0)] UserId User,
    [property: Id(1)] ImmutableDictionary<string, ImmutableArray<string>> Claims,
    [property: Id(2)] string? Origin)
{
    /// <summary>The scopes of the token: <c>scope</c> and <c>scp</c>, split at spaces.</summary>
    public IEnumerable<string> Scopes =>
        Values("scope").Concat(Values("scp")).SelectMany(value => value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The roles of the token: <c>roles</c> and <c>role</c>.</summary>
    public IEnumerable<string> Roles => Values("roles").Concat(Values("role"));

    /// <summary>The values of a claim; none when the token lacks it.</summary>
    public IEnumerable<string> Values(string claim) => Claims.TryGetValue(claim, out var values) ? values : [];
}
