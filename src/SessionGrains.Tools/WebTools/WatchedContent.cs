using System.Net;
using System.Net.Http.Headers;

namespace SessionGrains.Tools.WebTools;

/// <summary>A request's body that tells when it is first asked for: until then nothing of value has left this process.</summary>
internal sealed class WatchedContent : HttpContent
{
    private readonly byte[] body;
    private readonly Action onLeaving;

    public WatchedContent(byte[] body, Action onLeaving)
    {
        this.body = body;
        this.onLeaving = onLeaving;
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        onLeaving();
        await stream.WriteAsync(body, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return true;
    }
}
