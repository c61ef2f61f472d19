using Microsoft.Extensions.Logging;

namespace SessionGrains.Grains.Webhooks;

/// <summary>Everything that webhooks write to the log. Names and identifiers only: no URL, no secret, no body, nothing that a receiver said.</summary>
internal static partial class WebhookLog
{
    [LoggerMessage(460, LogLevel.Information, "Webhook {Webhook} of {Workflow} to {Endpoint}: attempt {Attempt} failed ({Fault}), next in {Delay}")]
    public static partial void WebhookFailed(this ILogger logger, string webhook, string workflow, string endpoint, int attempt, string fault, TimeSpan delay);

    [LoggerMessage(461, LogLevel.Error, "Webhook {Webhook} of {Workflow} to {Endpoint} is given up after {Attempts} attempts ({Fault})")]
    public static partial void WebhookGivenUp(this ILogger logger, string webhook, string workflow, string endpoint, int attempts, string fault);

    [LoggerMessage(462, LogLevel.Warning, "Webhook {Webhook} of {Workflow} to {Endpoint}: what came of an attempt could not be recorded; it will be sent again")]
    public static partial void WebhookNotRecorded(this ILogger logger, string webhook, string workflow, string endpoint, Exception exception);

    [LoggerMessage(463, LogLevel.Warning, "Webhooks for {Endpoint} cannot be looked up; the next look follows")]
    public static partial void WebhooksNotFound(this ILogger logger, string endpoint, Exception exception);

    [LoggerMessage(464, LogLevel.Warning, "Workflow {Workflow}: what happened is not in the outbox of its webhooks yet")]
    public static partial void EndpointsNotTold(this ILogger logger, WorkflowId workflow, Exception exception);
}
