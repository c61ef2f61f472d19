using System.Globalization;
using SessionGrains.Grains.Storage;

namespace SessionGrains.Grains.Operations;

/// <summary>What operators do to more than one workflow, as the audit trail keeps it: who, to what, and why.</summary>
internal static class OperatorAction
{
    public const string Prefix = "op_";

    public static string NewId() => $"{Prefix}{Guid.NewGuid():n}";

    public static AuditTrail Revocation(string id, Revocation order, DateTimeOffset? blockedUntil, DateTimeOffset now) => Of(
        id,
        order.By,
        "operator.revoked",
        $"{Name(order.Target)}{(blockedUntil is { } until ? string.Create(CultureInfo.InvariantCulture, $"; starts blocked until {until.UtcDateTime:s}Z") : "")}",
        order.ReasonDetail,
        now);

    public static AuditTrail Lift(string id, UserId by, RevocationTarget target, DateTimeOffset now) =>
        Of(id, by, "operator.block_lifted", Name(target), null, now);

    public static AuditTrail Drain(string id, UserId by, string silo, string? reason, DateTimeOffset now) =>
        Of(id, by, "operator.drained", $"silo {silo}", reason, now);

    public static AuditTrail Redelivery(string id, UserId by, LoggedDelivery delivery, string? reason, DateTimeOffset now) =>
        Of(id, by, "operator.redelivered", $"webhook {delivery.Id} of {delivery.WorkflowId} to {delivery.Endpoint}", reason, now);

    private static AuditTrail Of(string id, UserId by, string kind, string what, string? reason, DateTimeOffset now) =>
        new(id, now, by.Subject, by.Tenant, null, [new(0, now, kind, reason is null ? what : $"{what}: {reason}")]);

    private static string Name(RevocationTarget target) => target switch
    {
        { Owner: { } owner, Tenant: { } tenant } => $"owner {owner} of tenant {tenant}",
        { Owner: { } owner } => $"owner {owner}",
        { Tenant: { } tenant } => $"tenant {tenant}",
        { Definition: { } definition } => $"definition {definition}",
        _ => $"tool {target.Tool}",
    };
}
