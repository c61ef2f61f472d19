using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using SessionGrains.Bench.Measures;

namespace SessionGrains.Bench.Results;

/// <summary>Where and when figures come from.</summary>
internal static class Machine
{
    public static async Task<string> Describe(string run, DatabaseServer server, Cores cores)
    {
        var processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
        var count = File.ReadLines("/proc/cpuinfo").Count(line => line.StartsWith("processor", StringComparison.Ordinal));
        var memory = long.Parse(File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], null) / 1024 / 1024;
        var today = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        return $"{today}, {run} run of {await Ask("git", "-C", Repository.Folder, "describe", "--always", "--dirty")}. "
            + $"{count} × {processor}, {memory} GiB, {await Ask("stat", "-f", "-c", "%T", server.Folder)} under the database, Linux {await Ask("uname", "-r")}; .NET {Environment.Version}, "
            + $"Node.js {await Ask("node", "--version")}, PostgreSQL {server.Version}. System and PostgreSQL on core {cores.System}, everything else on core {cores.Other}.";
    }

    private static async Task<string> Ask(string program, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return said.Trim();
    }
}
