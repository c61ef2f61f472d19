using System.Diagnostics;

namespace SessionGrains.Deploy.Tests;

/// <summary>Runs a script to its end.</summary>
internal static class Script
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>One of those in <c>deploy</c>.</summary>
    public static (int ExitCode, string Output) Run(string name, string[] words, Dictionary<string, string> environment) =>
        Run([Path.Combine(Repository.Deploy, name), .. words], Repository.Root, environment, Patience);

    /// <summary>A line as it is in a file, in a folder.</summary>
    public static (int ExitCode, string Output) Line(string line, string folder, Dictionary<string, string> environment, TimeSpan patience) =>
        Run(["bash", "-c", line], folder, environment, patience);

    private static (int ExitCode, string Output) Run(string[] command, string folder, Dictionary<string, string> environment, TimeSpan patience)
    {
        // Through a file: what a script leaves running in the background would keep a pipe open.
        var output = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo("bash", ["-c", "exec \"$@\" > \"$OUTPUT\" 2>&1 < /dev/null", "bash", .. command]) { WorkingDirectory = folder };
            start.Environment["OUTPUT"] = output;
            foreach (var (variable, value) in environment)
            {
                start.Environment[variable] = value;
            }

            using var process = Process.Start(start)!;
            if (!process.WaitForExit(patience))
            {
                process.Kill(entireProcessTree: true);
                throw new TimeoutException($"{string.Join(' ', command)} did not end: {File.ReadAllText(output)}");
            }

            return (process.ExitCode, File.ReadAllText(output));
        }
        finally
        {
            File.Delete(output);
        }
    }
}
