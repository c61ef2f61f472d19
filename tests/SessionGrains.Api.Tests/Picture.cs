using System.Collections.Immutable;

namespace SessionGrains.Api.Tests;

/// <summary>Views as grains would show them.</summary>
internal static class Picture
{
    public static WorkflowView Of(WorkflowId id) => new(
        id, "voice-intake", "sha256:abc", Phase.Ready, null, null, Control.None,
        new(2026, 11, 24, 13, 0, 0, TimeSpan.FromHours(1)), new(2026, 11, 24, 13, 15, 0, TimeSpan.FromHours(1)), null,
        new(ConnectionMode.ClientSecret, "https://api.openai.com/v1/realtime/calls", null),
        new("gpt-realtime-2.1", "marin", ["audio"], [new("lookup_order", "Finds an order.", true)], 900, 120, 50, 1.50m, 15),
        UsageView.Nothing,
        ImmutableDictionary<string, string>.Empty.Add("ticket", "T-9"));

    /// <summary>A tool call's view as a grain would show it.</summary>
    public static ToolCallView OfCall(WorkflowId id, ToolCallId call, string name = "lookup_order") => new(
        id, call, name, "sha256:abc", ToolCallStatus.Completed, """{"state":"sent"}""", null,
        new(2026, 11, 24, 13, 1, 0, TimeSpan.FromHours(1)), new(2026, 11, 24, 13, 1, 2, TimeSpan.FromHours(1)), ToolCallSource.Relay);
}
