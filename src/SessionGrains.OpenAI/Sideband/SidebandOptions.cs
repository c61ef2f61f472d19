using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>How patient a sideband is.</summary>
public sealed class SidebandOptions
{
    public const string Section = "SessionGrains:Sideband";

    /// <summary>How long one attempt to attach may take; OpenAI has taken 5.5 seconds to say no. Default: 8 seconds; 1 to 30.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:30")]
    public TimeSpan AttachTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>How often the other end is asked whether it is there. Default: 15 seconds; 1 to 60.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long it may take to answer that. Default: 15 seconds; 1 to 60.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(15);
}

[OptionsValidator]
internal sealed partial class SidebandOptionsValidator : IValidateOptions<SidebandOptions>;
