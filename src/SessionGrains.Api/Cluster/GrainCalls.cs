using Orleans.Storage;
using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Cluster;

/// <summary>The one way from a request to a grain.</summary>
internal sealed class GrainCalls(IGrainFactory grains, IHostApplicationLifetime host)
{
    /// <summary>Asks a grain; a second time when its first activation turned out to be the wrong one.</summary>
    /// <exception cref="ClusterNotReachedException">No silo has been reached since this host started.</exception>
    public async Task<T> Ask<T>(Func<IGrainFactory, Task<T>> question)
    {
        // A client that never was connected drops what it is given to send, and the caller would wait for the whole timeout.
        if (!host.ApplicationStarted.IsCancellationRequested)
        {
            throw new ClusterNotReachedException();
        }

        try
        {
            return await question(grains);
        }
        catch (InconsistentStateException)
        {
            // The storage had moved on: that activation has thrown itself away, and the next one reads afresh.
            return await question(grains);
        }
    }
}
