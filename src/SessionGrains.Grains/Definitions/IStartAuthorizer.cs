using System.Text.Json;

namespace SessionGrains.Grains.Definitions;

/// <summary>The application's own say before a start. Every one that is registered must agree.</summary>
public interface IStartAuthorizer
{
    /// <summary>Says whether this user may start this definition with these inputs, which are valid already.</summary>
    ValueTask<StartVerdict> Authorize(Caller caller, string definition, JsonElement inputs, CancellationToken cancellationToken);
}

/// <summary>The application's answer, with words for the user where it has some.</summary>
public sealed record StartVerdict(bool IsAllowed, string? Reason = null);
