using System.Diagnostics;

namespace SessionGrains.Testing.Hosts;

/// <summary>Waits for what another process does: asks again and again, for a bounded time.</summary>
internal static class Eventually
{
    public static async Task True(Func<Task<bool>> ask, TimeSpan patience, Func<string> what)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < patience; await pause.WaitForNextTickAsync())
        {
            if (await ask())
            {
                return;
            }
        }

        throw new TimeoutException($"Not within {patience}: {what()}");
    }

    /// <summary>Waits until an answer is there, and answers it.</summary>
    public static async Task<T> NotNull<T>(Func<Task<T?>> ask, TimeSpan patience, Func<string> what)
        where T : class
    {
        T? answer = null;
        await True(async () => (answer = await ask()) is not null, patience, what);
        return answer!;
    }
}
