using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SessionGrains.Grains.Workflows;

/// <summary>How workflows are watched, torn down and remembered, whatever their definition says.</summary>
public sealed class WorkflowOptions
{
    public const string Section = "SessionGrains:Workflows";

    /// <summary>How often each silo looks in the database for what is due and nobody did. Default: 2 seconds; 0.2 to 60.</summary>
    [Range(typeof(TimeSpan), "00:00:00.200", "00:01:00")]
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a failing hang-up is tried before it is given up as unverified. Default: 10 minutes; 10 seconds to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "01:00:00")]
    public TimeSpan HangUpGiveUpAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long final reports, audit events and settled webhooks are kept. Default: 90 days; 1 day to 10 years.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan KeepHistory { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Salt of the hash that names a user to OpenAI as safety identifier. Set your own; every silo needs the same one.</summary>
    [Required, StringLength(256, MinimumLength = 1)]
    public string SafetyIdentifierSalt { get; set; } = "sessiongrains";
}

[OptionsValidator]
internal sealed partial class WorkflowOptionsValidator : IValidateOptions<WorkflowOptions>;
