using System.Collections.Immutable;
using System.Diagnostics;

namespace SessionGrains.Api.ProblemJson;

/// <summary>Every no with its status and code. The only file that knows what status a refusal has.</summary>
internal static class Problems
{
    public static readonly ProblemKind Unauthenticated = new(401, "unauthenticated", "Not signed in");
    public static readonly ProblemKind Forbidden = new(403, "forbidden", "Not allowed");
    public static readonly ProblemKind NotFound = new(404, "not_found", "Not found");
    public static readonly ProblemKind MethodNotAllowed = new(405, "method_not_allowed", "Method not allowed");
    public static readonly ProblemKind InvalidRequest = new(400, "invalid_request", "Invalid request");
    public static readonly ProblemKind PayloadTooLarge = new(413, "payload_too_large", "Body too large");
    public static readonly ProblemKind UnsupportedMediaType = new(415, "unsupported_media_type", "Unsupported media type");
    public static readonly ProblemKind InvalidClientSecret = new(401, "invalid_client_secret", "Invalid client secret");
    public static readonly ProblemKind StorageUnavailable = new(503, "storage_unavailable", "Storage or cluster not reachable");
    public static readonly ProblemKind Draining = new(503, "draining", "Going out of service");
    public static readonly ProblemKind ProviderUnavailable = new(503, "provider_unavailable", "Provider not reachable");
    public static readonly ProblemKind RateLimited = new(429, "rate_limited", "Too many requests");
    public static readonly ProblemKind InternalError = new(500, "internal_error", "Internal error");

    private static readonly ProblemKind DefinitionNotFound = new(404, "definition_not_found", "No such definition");
    private static readonly ProblemKind InvalidInputs = new(422, "invalid_inputs", "Inputs do not fit the definition");
    private static readonly ProblemKind IdempotencyKeyReused = new(422, "idempotency_key_reused", "Idempotency key used with another body");
    private static readonly ProblemKind ClientSecretUsed = new(409, "client_secret_used", "Client secret already used");
    private static readonly ProblemKind CallTaken = new(409, "call_taken", "Call belongs to another workflow");
    private static readonly ProblemKind WorkflowNotConnectable = new(409, "workflow_not_connectable", "Workflow cannot be connected now");
    private static readonly ProblemKind WorkflowEnded = new(410, "workflow_ended", "Workflow has ended");
    private static readonly ProblemKind DataChannelNotAllowed = new(422, "data_channel_not_allowed", "Offer asks for more than audio");
    private static readonly ProblemKind RelayNotAllowed = new(403, "relay_not_allowed", "Tool calls are not relayed in this mode");
    private static readonly ProblemKind ToolNotAllowed = new(403, "tool_not_allowed", "Tool not allowed");
    private static readonly ProblemKind InvalidToolArguments = new(422, "invalid_tool_arguments", "Arguments do not fit the tool");
    private static readonly ProblemKind ToolCallConflict = new(409, "tool_call_conflict", "Another call has this id");
    private static readonly ProblemKind ToolCallLimit = new(429, "tool_call_limit", "Too many tool calls");
    private static readonly ProblemKind QuotaExceeded = new(429, "quota_exceeded", "Quota exceeded");
    private static readonly ProblemKind ProviderRejected = new(502, "provider_rejected", "Provider rejected the request");
    private static readonly ProblemKind ProviderRateLimited = new(503, "provider_rate_limited", "Provider limits the rate");

    /// <summary>The problem that a refusal becomes.</summary>
    public static Problem ToProblem(this Refusal refusal) =>
        new(KindOf(refusal.Code), refusal.Detail) { Faults = refusal.Faults, RetryAfter = refusal.RetryAfter };

    /// <summary>A request that says at which places it is wrong.</summary>
    public static Problem Invalid(params ImmutableArray<Fault> faults) =>
        new(InvalidRequest, string.Join(' ', faults.Take(3).Select(fault => $"{fault.Where}: {fault.What}"))) { Faults = faults };

    /// <summary>The problem behind a bare status that the framework answered with.</summary>
    public static Problem OfStatus(int status) => status switch
    {
        400 => new(InvalidRequest, "The request is malformed."),
        401 => new(Unauthenticated, "A bearer token is needed."),
        403 => new(Forbidden, "This is not allowed."),
        404 => new(NotFound, "There is nothing at this address."),
        405 => new(MethodNotAllowed, "This address does not take this method; the Allow header lists those that it takes."),
        413 => new(PayloadTooLarge, "The body is larger than this address takes."),
        415 => new(UnsupportedMediaType, "This address does not take this content type."),
        503 => new(StorageUnavailable, "The service cannot answer at the moment."),
        < 500 => new(InvalidRequest with { Status = status }, "The request cannot be answered."),
        _ => new(InternalError with { Status = status }, "Something went wrong on our side."),
    };

    private static ProblemKind KindOf(RefusalCode code) => code switch
    {
        RefusalCode.NotFound => NotFound,
        RefusalCode.DefinitionNotFound => DefinitionNotFound,
        RefusalCode.Forbidden => Forbidden,
        RefusalCode.InvalidInputs => InvalidInputs,
        RefusalCode.IdempotencyKeyReused => IdempotencyKeyReused,
        RefusalCode.InvalidClientSecret => InvalidClientSecret,
        RefusalCode.ClientSecretUsed => ClientSecretUsed,
        RefusalCode.CallTaken => CallTaken,
        RefusalCode.WorkflowNotConnectable => WorkflowNotConnectable,
        RefusalCode.WorkflowEnded => WorkflowEnded,
        RefusalCode.InvalidOffer => InvalidRequest,
        RefusalCode.DataChannelNotAllowed => DataChannelNotAllowed,
        RefusalCode.RelayNotAllowed => RelayNotAllowed,
        RefusalCode.ToolNotAllowed => ToolNotAllowed,
        RefusalCode.InvalidToolArguments => InvalidToolArguments,
        RefusalCode.ToolCallConflict => ToolCallConflict,
        RefusalCode.ToolCallLimit => ToolCallLimit,
        RefusalCode.QuotaExceeded => QuotaExceeded,
        RefusalCode.RateLimited => RateLimited,
        RefusalCode.ProviderRejected => ProviderRejected,
        RefusalCode.ProviderUnavailable => ProviderUnavailable,
        RefusalCode.ProviderRateLimited => ProviderRateLimited,
        RefusalCode.StorageUnavailable => StorageUnavailable,
        RefusalCode.Draining => Draining,
        _ => throw new UnreachableException($"No problem is known for the refusal {code}."),
    };
}
