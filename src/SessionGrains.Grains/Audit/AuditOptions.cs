using Microsoft.Extensions.Options;

namespace SessionGrains.Grains.Audit;

/// <summary>What the audit trail holds of people.</summary>
public sealed class AuditOptions
{
    public const string Section = "SessionGrains:Audit";

    /// <summary>
    /// Fields of which the trail holds a salted hash in place of the text: <c>owner</c>, <c>tenant</c>. Who looks for somebody still finds
    /// them; who reads the trail learns no name. An operator is always named. Default: none.
    /// </summary>
    public IList<string> Redact { get; set; } = [];
}

internal sealed class AuditOptionsValidator : IValidateOptions<AuditOptions>
{
    public ValidateOptionsResult Validate(string? name, AuditOptions options) =>
        options.Redact.FirstOrDefault(field => !AuditRedaction.Fields.Contains(field)) is { } unknown
            ? ValidateOptionsResult.Fail($"{AuditOptions.Section}:Redact: \"{unknown}\" is no field that can be redacted; those are: {string.Join(", ", AuditRedaction.Fields)}.")
            : ValidateOptionsResult.Success;
}
