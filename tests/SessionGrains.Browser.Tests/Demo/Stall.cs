using Microsoft.Playwright;

namespace SessionGrains.Browser.Tests.Demo;

/// <summary>Holds something up, so that one can look at the page that waits for it; lets it go when disposed of.</summary>
internal sealed class Stall : IAsyncDisposable
{
    private readonly Func<Task> letGo;

    private Stall(Func<Task> letGo) => this.letGo = letGo;

    /// <summary>The person thinks about the microphone.</summary>
    public static async Task<Stall> Microphone(IPage page)
    {
        await page.EvaluateAsync("""
            () => {
              const { mediaDevices } = navigator;
              const ask = mediaDevices.getUserMedia.bind(mediaDevices);
              const allowed = new Promise((resolve) => { window.allow = resolve; });
              mediaDevices.getUserMedia = (wishes) => allowed.then(() => ask(wishes));
            }
            """);
        return new(() => page.EvaluateAsync("() => window.allow()"));
    }

    /// <summary>Requests to such addresses wait.</summary>
    public static async Task<Stall> Requests(IPage page, string address)
    {
        var open = new TaskCompletionSource();
        await page.RouteAsync(address, async route =>
        {
            await open.Task;
            await route.ContinueAsync();
        });
        return new(async () =>
        {
            open.SetResult();
            await page.UnrouteAsync(address);
        });
    }

    public async ValueTask DisposeAsync() => await letGo();
}
