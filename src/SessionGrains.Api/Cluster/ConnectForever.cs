namespace SessionGrains.Api.Cluster;

/// <summary>Keeps looking for the first silo, so that an API host may start before any silo, or before the database.</summary>
internal sealed class ConnectForever(TimeProvider clock, ILogger<ConnectForever> logger) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);

    private TimeSpan delay = FirstDelay;

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        logger.ClusterNotReached(exception.GetType().Name, delay);
        await Task.Delay(delay, clock, cancellationToken);
        delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        return true;
    }
}
