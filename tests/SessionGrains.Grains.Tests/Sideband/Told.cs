using System.Text.Json;
using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.OpenAI.Sideband;

namespace SessionGrains.Grains.Tests.Sideband;

/// <summary>What sidebands and tools tell, for tests.</summary>
internal static class Told
{
    public static readonly WorkflowId Workflow = WorkflowId.New();

    public static SidebandEvent Call(string callId, string? response = "resp_1", string name = "lookup_order", string arguments = "{}") =>
        new SidebandEvent.FunctionCall(callId, name, arguments, response, $"item_{callId}");

    public static SidebandEvent Started(string response) => new SidebandEvent.ResponseStarted(response);

    public static SidebandEvent Done(string response, string status = "completed", Usage? usage = null) =>
        new SidebandEvent.ResponseDone(response, status, usage, null, []);

    public static SidebandEvent Added(string id, string type = "message", string? role = null, string? callId = null, string? output = null, string? text = null, string? previous = null) =>
        new SidebandEvent.ItemAdded(
            JsonSerializer.SerializeToElement(new { id, type, role, call_id = callId, output, content = text is null ? null : new[] { new { type = "input_text", text } } }), previous);

    public static SidebandEvent Output(string id, string callId, string output) => Added(id, "function_call_output", callId: callId, output: output);

    /// <summary>What is in the conversation once a step of ours has arrived.</summary>
    public static SidebandEvent Arrived(Step step) => step switch
    {
        Step.Answer answer => Output(answer.ItemId, answer.CallId, answer.Output),
        Step.Say say => Added(say.ItemId, role: "system", text: say.Text),
        _ => throw new ArgumentException($"{step} puts nothing into the conversation.", nameof(step)),
    };

    public static SidebandEvent AlreadyActive(string? eventId = null) =>
        new SidebandEvent.Error("conversation_already_has_active_response", "Conversation already has an active response.", eventId);

    public static ToolCallOutcome Outcome(
        string callId,
        string output = "\"done\"",
        ToolCallStatus status = ToolCallStatus.Completed,
        bool ends = false,
        ToolCallSource source = ToolCallSource.Sideband,
        string name = "lookup_order",
        string? error = null) => new(
        new ToolCallView(
            Workflow, ToolCallId.Parse(callId), name, "sha256:x", status, status is ToolCallStatus.Completed ? output : null, error, A.Noon, null, source)
        {
            ApproveBy = status is ToolCallStatus.PendingApproval or ToolCallStatus.Denied ? A.Noon : null,
        },
        ends);
}
