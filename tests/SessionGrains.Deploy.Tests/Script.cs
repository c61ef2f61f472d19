using System.Diagnostics;

namespace SessionGrains.Deploy.Tests;

/// <summary>Runs one of the scripts in <c>deploy</c> to its end.</summary>
internal static class Script
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static (int ExitCode, string Output) Run(string name, string[] words, Dictionary<string, string> environment)
    {
        // Through a file: what a script leaves running in the background would keep a pipe open.
        var output = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo("bash", ["-c", "exec \"$@\" > \"$OUTPUT\" 2>&1 < /dev/null", "bash", Path.Combine(Repository.Deploy, name), .. words]);
            start.Environment["OUTPUT"] = output;
            foreach (var (variable, value) in environment)
            {
                start.Environment[variable] = value;
            }

            using var process = Process.Start(start)!;
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                throw new TimeoutException($"{name} {string.Join(' ', words)} did not end: {File.ReadAllText(output)}");
            }

            return (process.ExitCode, File.ReadAllText(output));
        }
        finally
        {
            File.Delete(output);
        }
    }
}
