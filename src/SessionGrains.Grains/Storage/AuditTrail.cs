using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;

namespace SessionGrains.Grains.Storage;

/// <summary>All that is kept of what happened in one workflow, or of one thing that an operator did, whose id then begins with <c>op_</c>.</summary>
/// <param name="At">When it was over.</param>
/// <param name="Subject">Whose it was; of an operator's action, who the operator was.</param>
internal sealed record AuditTrail(
    string Id, DateTimeOffset At, string? Subject, string? Tenant, string? Definition, IReadOnlyList<AuditEvent> Events);

/// <summary>Chains the events of a trail: each hash covers its event and the hash before, the first one covers whose trail it is.</summary>
/// <remarks>Whoever changes, adds, moves or removes an event must change every later hash, and the head, which says how many there are.</remarks>
internal static class AuditChain
{
    /// <summary>The hash of each event, in order.</summary>
    public static ImmutableArray<string> Hashes(AuditTrail trail)
    {
        var hashes = ImmutableArray.CreateBuilder<string>(trail.Events.Count);
        var before = Hash([trail.Id, Milliseconds(trail.At), trail.Subject, trail.Tenant, trail.Definition]);
        foreach (var each in trail.Events)
        {
            before = Hash([before, each.Seq.ToString(System.Globalization.CultureInfo.InvariantCulture), Milliseconds(each.At), each.Kind, each.Detail]);
            hashes.Add(before);
        }

        return hashes.ToImmutable();
    }

    private static string Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture);

    // A JSON array says where one text ends and the next begins.
    private static string Hash(string?[] texts) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(texts)));
}
