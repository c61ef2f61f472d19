using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SessionGrains.Grains.Definitions;
using static SessionGrains.Grains.ToolCalls.ToolCallStage;

namespace SessionGrains.Grains.ToolCalls;

/// <summary>The outside pictures of a tool call: for people, and as words for the model.</summary>
internal static class ToolCallViews
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // The reader is a model, not a browser.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static ToolCallView Of(ToolCallKey key, ToolCallState call) => new(
        key.Workflow,
        key.Call,
        call.Name,
        call.ArgumentsHash,
        Status(call.Stage),
        OutputFor(key, call),
        call.Error,
        call.CreatedAt,
        call.CompletedAt,
        call.Source)
    {
        ApproveBy = call.ApproveBy,
        // Nobody can agree to what they do not see.
        Arguments = call.Stage is PendingApproval ? call.Arguments : null,
        Approver = call.Approval switch
        {
            Approval.User => ToolCallApprover.User,
            Approval.Operator => ToolCallApprover.Operator,
            _ => null,
        },
    };

    public static ToolCallStatus Status(ToolCallStage stage) => stage switch
    {
        PendingApproval => ToolCallStatus.PendingApproval,
        Started => ToolCallStatus.Running,
        Completed => ToolCallStatus.Completed,
        Failed => ToolCallStatus.Failed,
        Denied => ToolCallStatus.Denied,
        TimedOut => ToolCallStatus.TimedOut,
        Unknown => ToolCallStatus.Unknown,
        _ => throw new UnreachableException($"A call that is {stage} has no status."),
    };

    /// <summary>What the model is handed; null while the tool runs.</summary>
    private static string? OutputFor(ToolCallKey key, ToolCallState call) => call.Stage switch
    {
        Started => null,
        Completed => call.Output,
        PendingApproval => Words(
            "pending_approval",
            $"Waiting for {(call.Approval is Approval.Operator ? "an operator's" : "the user's")} approval. Do not say that it was done. You will be told what came of it."),
        Failed => Words("failed", call.Error!),
        Denied => Words("denied", $"{call.Error} Nothing was done. Do not try again unless the user asks for it."),
        TimedOut => Words("timed_out", $"{call.Error} Nothing was done."),
        Unknown => Json(new(
            "unknown",
            $"{call.Error} Nobody knows whether it was done. Tell the person so, give them the reference, and do not try again.",
            MayHaveHappened: true,
            key.Call.Value)),
        var stage => throw new UnreachableException($"A call that is {stage} has no output."),
    };

    private static string Words(string status, string message) => Json(new(status, message));

    private static string Json(Answer answer) => JsonSerializer.Serialize(answer, Options);

    private sealed record Answer(string Status, string Message, bool? MayHaveHappened = null, string? Reference = null);
}
