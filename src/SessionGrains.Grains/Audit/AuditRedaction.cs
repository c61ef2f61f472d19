using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using SessionGrains.Grains.Operations;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Workflows;

namespace SessionGrains.Grains.Audit;

/// <summary>Puts salted hashes in the place of the fields that a deployment wants to have redacted, before anything is chained or stored.</summary>
internal sealed class AuditRedaction(ImmutableHashSet<string> fields, string salt)
{
    public const string Owner = "owner";
    public const string Tenant = "tenant";

    // As long as makes a mix-up unlikely; a name it is not either way.
    private const int HashCharacters = 24;

    public AuditRedaction(IOptions<AuditOptions> audit, IOptions<WorkflowOptions> workflows)
        : this([.. audit.Value.Redact], workflows.Value.SafetyIdentifierSalt)
    {
    }

    public static ImmutableArray<string> Fields { get; } = [Owner, Tenant];

    public static AuditRedaction None { get; } = new([], "");

    /// <summary>The trail as it may be filed. Operators' own actions name their operator.</summary>
    public AuditTrail Apply(AuditTrail trail) => trail.Id.StartsWith(OperatorAction.Prefix, StringComparison.Ordinal)
        ? trail
        : trail with { Subject = Redact(Owner, trail.Subject), Tenant = Redact(Tenant, trail.Tenant) };

    /// <summary>A question as it finds what is filed. Who asks for an operator asks by the name.</summary>
    public RevocationTarget Apply(RevocationTarget target) => target with { Owner = Redact(Owner, target.Owner), Tenant = Redact(Tenant, target.Tenant) };

    /// <inheritdoc cref="Apply(RevocationTarget)"/>
    public AuditFilter Apply(AuditFilter filter) => filter with { Subject = Redact(Owner, filter.Subject), Tenant = Redact(Tenant, filter.Tenant) };

    private string? Redact(string field, string? text) => text is null || !fields.Contains(field)
        ? text
        : $"hash:{Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(salt), Encoding.UTF8.GetBytes($"{field}\n{text}")))[..HashCharacters]}";
}
