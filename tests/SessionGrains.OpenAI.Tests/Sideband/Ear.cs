using System.Threading.Channels;
using SessionGrains.OpenAI.Sideband;
using Xunit;

namespace SessionGrains.OpenAI.Tests.Sideband;

/// <summary>Reads a sideband to its end, and lets a test wait for what it hears.</summary>
internal sealed class Ear : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Channel<SidebandEvent> _heard = Channel.CreateUnbounded<SidebandEvent>();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public Ear(ISideband sideband) => Reading = Read(sideband);

    public List<SidebandEvent> Heard { get; } = [];

    public Task Reading { get; }

    public async Task<T> Until<T>(Func<T, bool>? condition = null)
        where T : SidebandEvent
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        while (true)
        {
            var next = await _heard.Reader.ReadAsync(limit.Token);
            Heard.Add(next);
            if (next is T wanted && condition?.Invoke(wanted) != false)
            {
                return wanted;
            }
        }
    }

    /// <summary>The last event, after which nothing comes.</summary>
    public async Task<SidebandEvent.Closed> UntilOver()
    {
        var closed = await Until<SidebandEvent.Closed>();
        await Reading.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.False(_heard.Reader.TryRead(out _));
        return closed;
    }

    public void Cancel() => _stop.Cancel();

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task Read(ISideband sideband)
    {
        await foreach (var told in sideband.ReadAsync(_stop.Token))
        {
            _heard.Writer.TryWrite(told);
        }
    }
}
