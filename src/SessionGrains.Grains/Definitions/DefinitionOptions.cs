using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SessionGrains.Grains.Definitions;

/// <summary>Where definitions and tools are, and how often the folders are looked at.</summary>
public sealed class DefinitionOptions
{
    public const string Section = "SessionGrains";

    /// <summary>The folder of the definition files, absolute or relative to the working folder. Default: <c>definitions</c> beside the host.</summary>
    public string? Definitions { get; set; }

    /// <summary>The folder of the tool files, absolute or relative to the working folder. Default: <c>tools</c> beside the host.</summary>
    public string? Tools { get; set; }

    /// <summary>How often files are compared, for folders whose changes nobody announces. Default: 3 seconds; 1 second to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ReloadEvery { get; set; } = TimeSpan.FromSeconds(3);
}

[OptionsValidator]
internal sealed partial class DefinitionOptionsValidator : IValidateOptions<DefinitionOptions>;
