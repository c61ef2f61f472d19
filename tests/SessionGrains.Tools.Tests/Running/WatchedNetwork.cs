using System.Net;
using SessionGrains.Tools.Outbound;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>The real network, and it tells when the client begins to read for the second time: it has the headers then and wants the body.</summary>
internal sealed class WatchedNetwork : INetwork
{
    private readonly SystemNetwork network = new();

    public TaskCompletionSource IsReadingBody { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) => network.ResolveAsync(host, cancellationToken);

    public async Task<Stream> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken) =>
        new WatchedStream(await network.ConnectAsync(addresses, port, cancellationToken), IsReadingBody);

    private sealed class WatchedStream(Stream inner, TaskCompletionSource isReadingBody) : Stream
    {
        private int reads;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var pending = inner.ReadAsync(buffer, cancellationToken);
            if (++reads == 2)
            {
                isReadingBody.TrySetResult();
            }

            return await pending;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override void Flush() => inner.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
