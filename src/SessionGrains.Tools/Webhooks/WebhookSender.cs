using System.Net.Http.Headers;
using SessionGrains.Tools.Outbound;

namespace SessionGrains.Tools.Webhooks;

/// <summary>Posts to the operator's application through the connections that HTTP tools have: checked addresses, no redirects, no proxies.</summary>
internal sealed class WebhookSender(OutboundHandlers outbound, TimeProvider clock) : IWebhookSender
{
    public async Task<WebhookAnswer> SendAsync(WebhookTarget target, WebhookMessage message, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (OutboundHandlers.Refuse(target.Url, target.AllowsPrivateNetwork) is { } refusal)
        {
            return new(null, refusal);
        }

        if (target.Secrets is [] || !target.Secrets.All(WebhookSignature.IsSecret))
        {
            // Never unsigned instead.
            return new(null, "no signing secret");
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, target.Url) { Content = new ReadOnlyMemoryContent(message.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        WebhookSignature.Sign(request.Headers, message.Id, clock.GetUtcNow(), message.Body.Span, [.. target.Secrets]);
        using var time = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        using var client = new HttpClient(outbound.For(target.AllowsPrivateNetwork), disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            // Only the status counts: what else the receiver says is not read.
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return new((int)response.StatusCode, null);
        }
        catch (OperationCanceledException) when (time.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new(null, "timeout");
        }
        catch (HttpRequestException refused) when (refused.InnerException is AddressRefusedException)
        {
            return new(null, "address refused");
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException || (lost is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The message may name what the network looks like; the kind is enough.
            return new(null, lost is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http ? http.HttpRequestError.ToString() : lost.GetType().Name);
        }
    }
}
