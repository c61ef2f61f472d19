using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Cluster;

/// <summary>The one way from a request to a grain.</summary>
internal sealed class GrainCalls(IGrainFactory grains, IHostApplicationLifetime host, TimeProvider clock)
{
    private const int MostRepeats = 20;

    private static readonly TimeSpan RepeatAfter = TimeSpan.FromMilliseconds(500);

    /// <summary>Asks a grain, once: what it can repeat without harm it repeats itself.</summary>
    /// <exception cref="ClusterNotReachedException">No silo has been reached since this host started.</exception>
    public Task<T> Ask<T>(Func<IGrainFactory, Task<T>> question) =>
        // A client that never was connected drops what it is given to send, and the caller would wait for the whole timeout.
        host.ApplicationStarted.IsCancellationRequested
            ? question(grains)
            : throw new ClusterNotReachedException();

    /// <summary>Asks what may be asked twice: again, for some seconds, while the way to its grain breaks, as it does when a silo goes that it led through.</summary>
    /// <returns>The answer, and the fault that made it a second one; null where it is the first.</returns>
    public async Task<(T Answer, Exception? Lost)> AskAgain<T>(Func<IGrainFactory, Task<T>> question, CancellationToken cancellationToken)
    {
        Exception? lost = null;
        for (var tries = 0; ; tries++)
        {
            try
            {
                return (await Ask(question), lost);
            }
            catch (Exception fault) when (FaultProblems.IsLostOnTheWay(fault) && tries < MostRepeats && !cancellationToken.IsCancellationRequested)
            {
                lost ??= fault;
                await Task.Delay(RepeatAfter, clock, cancellationToken);
            }
        }
    }
}
