namespace SessionGrains.Emulator;

/// <summary>For work that nobody waits for: a fault in it is a bug of the emulator, and must not pass in silence.</summary>
internal static class Unawaited
{
    public static void Watch(this Task work) => work.ContinueWith(
        failed => Console.Error.WriteLine($"SessionGrains.Emulator: {failed.Exception!.GetBaseException()}"),
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
