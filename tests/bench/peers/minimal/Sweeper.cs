using Npgsql;

namespace SessionGrains.Bench.Minimal;

/// <summary>Looks each second for sessions whose time is over, and for hang-ups that are still owed.</summary>
internal sealed partial class Sweeper(SessionTable sessions, Ending ending, ILogger<Sweeper> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), TimeProvider.System);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Task.WhenAll((await sessions.Due()).Select(ending.Settle));
            }
            catch (NpgsqlException fault)
            {
                SweepFailed(fault);
            }
        }
    }

    [LoggerMessage(2, LogLevel.Warning, "The sweep failed; the next one is in a second")]
    private partial void SweepFailed(Exception fault);
}
