using System.Net;

namespace SessionGrains.Api.Tests;

/// <summary>A body whose length its sender does not say.</summary>
internal sealed class ChunkedContent(byte[] body) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        foreach (var chunk in body.Chunk(10_000))
        {
            await stream.WriteAsync(chunk, TestContext.Current.CancellationToken);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
