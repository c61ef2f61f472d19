namespace SessionGrains.Browser.Tests;

/// <summary>Waits for what another process does: asks again and again, for a bounded time.</summary>
internal static class Until
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <param name="what">What should come true, in words.</param>
    public static async Task True(Func<Task<bool>> ask, string what)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var knock = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await ask())
        {
            try
            {
                await knock.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Not within {Patience.TotalSeconds:0} s: {what}");
            }
        }
    }
}
