using System.Text.Json;

namespace SessionGrains.Tools.Running;

/// <summary>What is to be said of the arguments that a model sent: they are right, or how to mend them.</summary>
/// <param name="Value">The arguments; null when they are wrong.</param>
/// <param name="Hash"><c>sha256:</c> and the hexadecimal hash of their canonical JSON; null when they are wrong.</param>
/// <param name="ErrorForModel">Where they are wrong and what is allowed there; null when they are right.</param>
public sealed record ArgumentsCheck(JsonElement? Value, string? Hash, string? ErrorForModel)
{
    /// <summary>Names the outcome and keeps the arguments to itself.</summary>
    public override string ToString() => Value is null ? "wrong arguments" : Hash!;
}
