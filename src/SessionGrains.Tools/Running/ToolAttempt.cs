namespace SessionGrains.Tools.Running;

/// <summary>The result of one attempt, and whether another one could do better.</summary>
/// <param name="After">How long the tool asked to be left alone.</param>
internal sealed record ToolAttempt(ToolResult Result, bool IsWorthRepeating = false, TimeSpan? After = null)
{
    public static implicit operator ToolAttempt(ToolResult result) => new(result);
}
