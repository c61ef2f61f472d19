using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SessionGrains.Api.Cluster;

namespace SessionGrains.Api.Tests;

/// <summary>How often the API looks for its first silo.</summary>
public sealed class ConnectForeverTests
{
    [Fact]
    public async Task It_never_gives_up_and_waits_twice_as_long_each_time_up_to_ten_seconds()
    {
        var clock = new FakeTimeProvider();
        var filter = new ConnectForever(clock, NullLogger<ConnectForever>.Instance);

        foreach (var seconds in new[] { 0.5, 1, 2, 4, 8, 10, 10, 10 })
        {
            var retry = filter.ShouldRetryConnectionAttempt(new TimeoutException(), TestContext.Current.CancellationToken);
            clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.False(retry.IsCompleted);
            clock.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(await retry);
        }
    }

    [Fact]
    public async Task A_host_that_is_asked_to_stop_stops_looking()
    {
        using var stop = new CancellationTokenSource();
        var filter = new ConnectForever(new FakeTimeProvider(), NullLogger<ConnectForever>.Instance);

        var retry = filter.ShouldRetryConnectionAttempt(new TimeoutException(), stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => retry);
    }
}
