using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SessionGrains.Grains.ToolCalls;

/// <summary>How long tool calls wait for people, and for silos that died.</summary>
public sealed class ToolCallOptions
{
    public const string Section = "SessionGrains:ToolCalls";

    /// <summary>How long somebody has to agree to a call that needs it; the workflow's end comes first. Default: 2 minutes; 10 seconds to 30 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "00:30:00")]
    public TimeSpan ApprovalTime { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long after its beginning a keyed call whose silo died is sent again, with the same key. Default: 1 minute; 0 to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan RepeatTime { get; set; } = TimeSpan.FromMinutes(1);
}

[OptionsValidator]
internal sealed partial class ToolCallOptionsValidator : IValidateOptions<ToolCallOptions>;
