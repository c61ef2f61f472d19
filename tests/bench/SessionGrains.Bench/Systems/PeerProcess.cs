using System.Diagnostics;
using System.Text;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Bench.Systems;

/// <summary>A server that is none of our hosts, as a process.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly StringBuilder output = new();

    private PeerProcess(Process process, Uri url) => (this.process, Url) = (process, url);

    public Uri Url { get; }

    public int Id => process.Id;

    public static PeerProcess Launch(string[] words, Func<int, IEnumerable<KeyValuePair<string, string>>> environment)
    {
        var port = HostProcess.FreePort();
        var start = new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        foreach (var (name, value) in environment(port))
        {
            start.Environment[name] = value;
        }

        var launched = new PeerProcess(new Process { StartInfo = start }, new Uri($"http://127.0.0.1:{port}"));
        launched.process.OutputDataReceived += launched.Keep;
        launched.process.ErrorDataReceived += launched.Keep;
        launched.process.Start();
        launched.process.BeginOutputReadLine();
        launched.process.BeginErrorReadLine();
        return launched;
    }

    public async Task IsReady()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await Eventually.True(
            async () =>
            {
                if (process.HasExited)
                {
                    throw new InvalidOperationException($"The server ended with {process.ExitCode}: {Printed()}");
                }

                try
                {
                    return (await http.GetAsync(new Uri(Url, "readyz"))).IsSuccessStatusCode;
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
                {
                    return false;
                }
            },
            StartPatience,
            () => $"ready: {Printed()}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private string Printed()
    {
        lock (output)
        {
            return output.ToString();
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (output)
        {
            output.AppendLine(line.Data);
        }
    }
}
