using SessionGrains.Testing.Hosts;

namespace SessionGrains.Chaos.Stages;

/// <summary>The application's tools as a process, with their ledger in a file.</summary>
internal sealed class ToolProcess : IAsyncDisposable
{
    private readonly HostProcess process;
    private readonly HttpClient http;

    private ToolProcess(HostProcess process) => (this.process, http) = (process, new HttpClient { BaseAddress = process.Url });

    public Uri Url => process.Url;

    public static async Task<ToolProcess> Start(string ledgerFile, Uri? at = null)
    {
        var process = HostProcess.Launch("ToolBackend", [new("TOOL_LEDGER", ledgerFile)], at);
        await process.IsReadyAsync();
        return new(process);
    }

    /// <summary>How long answers take from now on.</summary>
    public async Task Delay(TimeSpan from, TimeSpan to) =>
        (await http.PostAsync($"/control/delay/{(int)from.TotalMilliseconds}/{(int)to.TotalMilliseconds}", null)).EnsureSuccessStatusCode();

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await process.DisposeAsync();
    }
}
