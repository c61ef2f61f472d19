using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SessionGrains.Telemetry;

/// <summary>Who may read a host's metrics.</summary>
public sealed class MetricsOptions
{
    public const string Section = "SessionGrains:Metrics";

    /// <summary>The one port on which <c>/metrics</c> is answered, to whoever reaches it. Default: none; then on every port, to this machine alone.</summary>
    [Range(1, 65535)]
    public int? Port { get; set; }
}

[OptionsValidator]
internal sealed partial class MetricsOptionsValidator : IValidateOptions<MetricsOptions>;
