using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Cluster;

/// <summary>The one way from a request to a grain.</summary>
internal sealed class GrainCalls(IGrainFactory grains, IHostApplicationLifetime host)
{
    /// <summary>Asks a grain, once: what it can repeat without harm it repeats itself.</summary>
    /// <exception cref="ClusterNotReachedException">No silo has been reached since this host started.</exception>
    public Task<T> Ask<T>(Func<IGrainFactory, Task<T>> question) =>
        // A client that never was connected drops what it is given to send, and the caller would wait for the whole timeout.
        host.ApplicationStarted.IsCancellationRequested
            ? question(grains)
            : throw new ClusterNotReachedException();
}
