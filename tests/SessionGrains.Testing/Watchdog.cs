using System.Diagnostics;

namespace SessionGrains.Testing;

/// <summary>Runs a script when it is disposed, or when this process is gone, however it went.</summary>
internal sealed class Watchdog : IAsyncDisposable
{
    private readonly Process process;

    private Watchdog(Process process) => this.process = process;

    public static Watchdog Start(string script)
    {
        // The waiting shell leaves our session and our process tree, so that what kills the test run does not kill it too;
        // the end of its input is the sign, since the kernel closes a dead process's pipes.
        var waiting = $"exec 3<&0; (trap '' INT TERM HUP; read -r line <&3; {{ {script}; }} >/dev/null 2>&1) & exec 3<&-";
        var start = new ProcessStartInfo("setsid", ["sh", "-c", waiting])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        return new(Process.Start(start)!);
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        // The script's shell is the last one to hold this pipe.
        await process.StandardOutput.ReadToEndAsync();
        process.Dispose();
    }
}
