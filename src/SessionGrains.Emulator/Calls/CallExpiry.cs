namespace SessionGrains.Emulator.Calls;

/// <summary>Looks every quarter of a second for calls that have run for 60 minutes.</summary>
internal sealed class CallExpiry(CallRegistry calls) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250), TimeProvider.System);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            calls.EndExpired();
        }
    }
}
