using System.Diagnostics;

namespace SessionGrains.Grains;

/// <summary>Named moments at which a test can kill the process, compiled into debug builds only.</summary>
/// <remarks><c>SESSIONGRAINS_FAILPOINT=name</c> kills at the first hit of that moment, <c>name:3</c> at the third. Nothing is flushed, nobody is told.</remarks>
internal static class Failpoint
{
    private static readonly (string? Name, int Nth) Armed = Read(Environment.GetEnvironmentVariable("SESSIONGRAINS_FAILPOINT"));

    private static int hits;

    [Conditional("DEBUG")]
    public static void Hit(string name)
    {
        if (name == Armed.Name && Interlocked.Increment(ref hits) == Armed.Nth)
        {
            using var self = Process.GetCurrentProcess();
            self.Kill();
        }
    }

    private static (string?, int) Read(string? text) => text?.Split(':') switch
    {
        null or [""] => (null, 0),
        [var name, var nth] => (name, int.Parse(nth, System.Globalization.CultureInfo.InvariantCulture)),
        [var name, ..] => (name, 1),
        [] => (null, 0),
    };
}
