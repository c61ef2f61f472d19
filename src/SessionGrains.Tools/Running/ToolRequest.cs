using System.Text.Json;

namespace SessionGrains.Tools.Running;

/// <summary>Everything a tool may know of one call.</summary>
/// <param name="Arguments">The arguments, already checked with <see cref="ToolArguments.Check"/>.</param>
/// <param name="IdempotencyKey">The same for every attempt of one call, and of no other call.</param>
/// <param name="Deadline">The time at which nobody waits for the result any more.</param>
/// <param name="Attempt">1 for the first run of this call; more when an earlier run's outcome is not known.</param>
public sealed record ToolRequest(
    string WorkflowId, string CallId, string Tool, JsonElement Arguments, string Subject, string? Tenant, string IdempotencyKey, DateTimeOffset Deadline, int Attempt)
{
    /// <summary>Names the call and keeps what it carries to itself.</summary>
    public override string ToString() => $"{WorkflowId}/{CallId}";
}
