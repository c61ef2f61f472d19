namespace SessionGrains.Api.Cluster;

/// <summary>What the API writes to the log about its way into the cluster.</summary>
internal static partial class ClusterLog
{
    [LoggerMessage(520, LogLevel.Warning, "No silo reached ({Fault}); next attempt in {Delay}")]
    public static partial void ClusterNotReached(this ILogger logger, string fault, TimeSpan delay);
}
