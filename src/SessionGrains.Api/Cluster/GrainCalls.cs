using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Cluster;

/// <summary>The one way from a request to a grain.</summary>
internal sealed class GrainCalls(IGrainFactory grains, IHostApplicationLifetime host, TimeProvider clock)
{
    private const int MostRepeats = 20;

    private static readonly TimeSpan RepeatAfter = TimeSpan.FromMilliseconds(500);

    // A gateway that closes may take a question with it, and nobody says so.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(6);

    // As long as one question may take.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>Asks a grain, once: what it can repeat without harm it repeats itself.</summary>
    /// <exception cref="ClusterNotReachedException">No silo has been reached since this host started.</exception>
    public Task<T> Ask<T>(Func<IGrainFactory, Task<T>> question) =>
        // A client that never was connected drops what it is given to send, and the caller would wait for the whole timeout.
        host.ApplicationStarted.IsCancellationRequested
            ? question(grains)
            : throw new ClusterNotReachedException();

    /// <summary>
    /// Asks what may be asked twice, since whoever is still at work on it is joined: again, for some seconds, while the way to its grain breaks
    /// or nothing comes back on it, as when a silo goes that it led through.
    /// </summary>
    /// <returns>The answer, and the fault that made it a second one; null where it is the first.</returns>
    public async Task<(T Answer, Exception? Lost)> AskAgain<T>(Func<IGrainFactory, Task<T>> question, CancellationToken cancellationToken)
    {
        Exception? lost = null;
        var began = clock.GetTimestamp();
        for (var tries = 0; ; tries++)
        {
            Task<T>? asked = null;
            try
            {
                asked = Ask(question);
                return (await asked.WaitAsync(Silence, clock, CancellationToken.None), lost);
            }
            catch (Exception fault) when ((FaultProblems.IsLostOnTheWay(fault) || asked is { IsCompleted: false })
                && tries < MostRepeats && clock.GetElapsedTime(began) < Longest && !cancellationToken.IsCancellationRequested)
            {
                lost ??= fault;
                await Task.Delay(RepeatAfter, clock, cancellationToken);
            }
        }
    }
}
