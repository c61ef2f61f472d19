using Microsoft.Playwright;

namespace SessionGrains.Browser.Tests.Trouble;

/// <summary>Pulls a page's plug: its requests fail, its browser says so, and no packet of its calls gets through.</summary>
internal sealed class Network : IAsyncDisposable
{
    private readonly ICDPSession session;

    private Network(ICDPSession session) => this.session = session;

    /// <summary>Cuts it off until this is disposed of.</summary>
    public static async Task<Network> Cut(IPage page)
    {
        var network = new Network(await page.Context.NewCDPSessionAsync(page));
        await network.Set(isAway: true);
        return network;
    }

    public async ValueTask DisposeAsync()
    {
        await Set(isAway: false);
        await session.DetachAsync();
    }

    private async Task Set(bool isAway) => await session.SendAsync("Network.emulateNetworkConditions", new()
    {
        ["offline"] = isAway,
        ["latency"] = 0,
        ["downloadThroughput"] = -1,
        ["uploadThroughput"] = -1,
        ["packetLoss"] = isAway ? 100 : 0,
    });
}
