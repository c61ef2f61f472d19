using System.Diagnostics;
using System.Net.WebSockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>
/// Attaches by a WebSocket of our own. The OpenAI package's has no keep-alive, no status or body of a refusal, and none of
/// our handler's settings.
/// </summary>
internal sealed class SidebandClient(
    IOptions<OpenAIOptions> openAI, IOptions<SidebandOptions> options, ApiKey key, ProviderCalls calls, TimeProvider clock, ILogger<SidebandClient> logger)
    : ISidebandClient, IDisposable
{
    private readonly HttpMessageInvoker _invoker = new(new UpgradeHandler(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(3),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        UseCookies = false,
        ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
    }));

    public async Task<AttachReply> AttachAsync(string callId, string? secret, CancellationToken cancellationToken)
    {
        // Without an id OpenAI would open a new session instead.
        ArgumentException.ThrowIfNullOrEmpty(callId);
        cancellationToken.ThrowIfCancellationRequested();
        using var asked = calls.Begin("attach", call: callId);
        var reply = secret is not null
            ? await ConnectAsync(callId, secret, cancellationToken)
            : await key.AskAsync(
                own => ConnectAsync(callId, own, cancellationToken),
                reply => reply is AttachReply.NotFound or AttachReply.Failed { Fault.Kind: ProviderFaultKind.Rejected });
        switch (reply)
        {
            case AttachReply.Attached:
                logger.Attached(callId);
                break;
            case AttachReply.NotFound:
                logger.CallNotFound(callId);
                break;
            case AttachReply.Failed(var fault):
                asked.Failed(fault);
                logger.AttachFailed(callId, fault.Kind, fault.Detail);
                break;
        }

        return reply;
    }

    public void Dispose() => _invoker.Dispose();

    private async Task<AttachReply> ConnectAsync(string callId, string bearer, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.Value.AttachTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.SetRequestHeader("Authorization", $"Bearer {bearer}");
            socket.Options.KeepAliveInterval = options.Value.KeepAliveInterval;
            socket.Options.KeepAliveTimeout = options.Value.KeepAliveTimeout;
            await socket.ConnectAsync(Address(callId), _invoker, either.Token);
            return new AttachReply.Attached(new SidebandSocket(callId, socket, clock, logger));
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            return Refused(e);
        }
    }

    private Uri Address(string callId)
    {
        var address = new UriBuilder($"{openAI.Value.BaseUrl.TrimEnd('/')}/realtime") { Query = $"call_id={Uri.EscapeDataString(callId)}" };
        address.Scheme = address.Scheme == Uri.UriSchemeHttp ? Uri.UriSchemeWs : Uri.UriSchemeWss;
        return address.Uri;
    }

    private static AttachReply Refused(Exception e)
    {
        if (e.InnerException is UpgradeRefusedException { Status: 404 } or UpgradeRefusedException { Status: 400, Code: "call_id_not_found" })
        {
            return new AttachReply.NotFound();
        }

        var fault = e switch
        {
            OperationCanceledException => Unavailable("no answer in time"),
            { InnerException: UpgradeRefusedException refused } => refused.Fault,
            { InnerException: HttpRequestException http } => Unavailable(http.HttpRequestError.ToString()),
            _ => Unavailable("an answer that is not understood"),
        };
        return new AttachReply.Failed(fault);
    }

    private static ProviderFault Unavailable(string detail) => new(ProviderFaultKind.Unavailable, detail);
}
