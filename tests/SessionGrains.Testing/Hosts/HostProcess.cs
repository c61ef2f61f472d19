using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SessionGrains.Testing.Hosts;

/// <summary>One of our hosts as a real process, with everything that it printed.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(120);

    private readonly Process process;
    private readonly StringBuilder output = new();

    private HostProcess(Process process, Uri url) => (this.process, Url) = (process, url);

    public Uri Url { get; }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    /// <summary>Starts a host (<c>Silo</c>, <c>Api</c>, <c>Local</c>) on loopback, without waiting for it.</summary>
    /// <param name="at">Where its predecessor was; a free port unless given.</param>
    /// <param name="command">What it is told to do instead of serving.</param>
    /// <param name="build">The folder <c>artifacts/bin</c> of another build; this one unless given.</param>
    /// <param name="within">Words before the command, as to run it in another network namespace.</param>
    public static HostProcess Launch(
        string host, IEnumerable<KeyValuePair<string, string>> environment, Uri? at = null, string? command = null, string? build = null, params IReadOnlyList<string> within)
    {
        var url = at ?? new Uri($"http://127.0.0.1:{FreePort()}");
        string[] words = [.. within, "dotnet", Program(host, build), .. command is null ? Array.Empty<string>() : [command]];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // A host watches the folder that it is started in, and all below it, for new settings: in an empty one nothing stirs.
            WorkingDirectory = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "sessiongrains-nothing-here")).FullName,
        };
        start.Environment["ASPNETCORE_URLS"] = url.ToString();
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        // One test machine runs several hosts: none may take a core for its collector alone.
        start.Environment["DOTNET_gcServer"] = "0";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var launched = new HostProcess(new Process { StartInfo = start }, url);
        launched.Run();
        return launched;
    }

    /// <summary>Starts a host and returns once it is ready.</summary>
    public static async Task<HostProcess> StartAsync(string host, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var started = Launch(host, environment);
        await started.IsReadyAsync();
        return started;
    }

    /// <summary>Waits until the host says that it is ready, at an address that answers only then.</summary>
    public async Task IsReadyAsync(string path = "/readyz")
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await Eventually.True(
            async () =>
            {
                if (process.HasExited)
                {
                    throw new InvalidOperationException($"The host ended with {process.ExitCode}: {Output}");
                }

                try
                {
                    return (await http.GetAsync(new Uri(Url, path))).IsSuccessStatusCode;
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
                {
                    return false;
                }
            },
            StartPatience,
            () => $"ready: {Output}");
    }

    /// <summary>What its metrics page says of an instrument, all series together; null where it says nothing.</summary>
    public async Task<double?> Metric(string name)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        var page = await http.GetStringAsync(new Uri(Url, "/metrics"));
        var values = page.Split('\n').Where(line => line.StartsWith($"{name}{{", StringComparison.Ordinal))
            .Select(line => double.Parse(line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture))
            .ToList();
        return values.Count > 0 ? values.Sum() : null;
    }

    /// <summary>kill -9: nothing is flushed, nobody is told.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Waits for a process that ends by itself.</summary>
    public Task ExitAsync() => process.WaitForExitAsync().WaitAsync(StartPatience);

    /// <summary>SIGSTOP: the process is neither dead nor alive, and notices nothing.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>SIGCONT: it goes on as if no time had passed.</summary>
    public Task ThawAsync() => SignalAsync("CONT");

    /// <summary>SIGTERM, as an orchestrator sends it.</summary>
    public async Task TerminateAsync()
    {
        await SignalAsync("TERM");
        await process.WaitForExitAsync().WaitAsync(StartPatience);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        process.Dispose();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }

    private void Run()
    {
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (output)
        {
            output.AppendLine(line.Data);
        }
    }

    /// <summary>A project's program, built as the tests are.</summary>
    /// <param name="build">The folder <c>artifacts/bin</c> of another build; this one unless given.</param>
    public static string Program(string host, string? build = null)
    {
        // artifacts/bin/<project>/<configuration>, for the tests as for the hosts.
        var tests = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(build ?? tests.Parent!.Parent!.FullName, $"SessionGrains.{host}", tests.Name, $"SessionGrains.{host}.dll");
    }
}
