namespace SessionGrains.Tools.Webhooks;

/// <summary>Where webhooks go, and with which secrets they are signed: one, or two while they are changed.</summary>
public sealed record WebhookTarget(Uri Url, bool AllowsPrivateNetwork, IReadOnlyList<string> Secrets)
{
    /// <summary>Names the host alone: a URL may be a secret, and secrets are.</summary>
    public override string ToString() => Url.Host;
}

/// <summary>One webhook. Its id is the same on every attempt, so a receiver can tell a repetition.</summary>
public sealed record WebhookMessage(string Id, ReadOnlyMemory<byte> Body);

/// <summary>What came of one attempt: the status of the answer, or why there was none.</summary>
/// <param name="Fault">One word or two; nothing of what the receiver said, and nothing of the network.</param>
public sealed record WebhookAnswer(int? Status, string? Fault)
{
    public bool IsAccepted => Status is >= 200 and < 300;
}

/// <summary>Sends a webhook once, signed as Standard Webhooks lays down, to addresses that tools may have too.</summary>
public interface IWebhookSender
{
    /// <exception cref="OperationCanceledException">It was cancelled; nobody knows whether it arrived.</exception>
    Task<WebhookAnswer> SendAsync(WebhookTarget target, WebhookMessage message, TimeSpan timeout, CancellationToken cancellationToken);
}

/// <summary>Which URLs a webhook may have, before any name is resolved.</summary>
public static class WebhookUrls
{
    /// <summary>Why a URL is none for webhooks; null when it is.</summary>
    public static string? Refuse(Uri url, bool allowsPrivateNetwork) => Outbound.OutboundHandlers.Refuse(url, allowsPrivateNetwork);
}
