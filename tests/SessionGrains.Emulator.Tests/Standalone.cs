using System.Diagnostics;

namespace SessionGrains.Emulator.Tests;

/// <summary>The emulator as its own process, started as a user starts it.</summary>
internal sealed class Standalone : IAsyncDisposable
{
    private const string Announcement = "OPENAI_BASE_URL=";

    private readonly Process process;

    private Standalone(Process process, Uri baseUrl) => (this.process, BaseUrl) = (process, baseUrl);

    public Uri BaseUrl { get; }

    public static async Task<Standalone> Start(CancellationToken cancellationToken)
    {
        var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "SessionGrains.Emulator.dll")])
        {
            RedirectStandardOutput = true,
            Environment = { ["ASPNETCORE_URLS"] = "http://127.0.0.1:0" },
        })!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Contains(Announcement, StringComparison.Ordinal))
            {
                return new Standalone(process, new Uri(line.Trim()[Announcement.Length..].Split(' ')[0]));
            }
        }

        throw new InvalidOperationException("The emulator ended before it listened.");
    }

    public long ResidentBytes()
    {
        process.Refresh();
        return process.WorkingSet64;
    }

    public TimeSpan ProcessorTime()
    {
        process.Refresh();
        return process.TotalProcessorTime;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
    }
}
