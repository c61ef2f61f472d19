using System.Diagnostics;

namespace SessionGrains.Testing;

/// <summary>Runs a program to its end and fails with what it said.</summary>
internal static class Command
{
    public static async Task Run(string[] words, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // A folder that every user may enter.
            WorkingDirectory = "/",
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', words)} failed with {process.ExitCode}: {await output}{await errors}");
        }
    }
}
