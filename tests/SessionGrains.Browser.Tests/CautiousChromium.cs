using Microsoft.Playwright;

namespace SessionGrains.Browser.Tests;

/// <summary>A Chromium that lets a page make sound only after its user has touched it, as everybody's does.</summary>
public sealed class CautiousChromium : IAsyncLifetime
{
    private IPlaywright? playwright;

    public IBrowser Browser { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        playwright = await Playwright.CreateAsync();
        Browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = "/usr/bin/chromium",
            Headless = true,
            Args = [.. Chromium.Flags.Where(flag => !flag.StartsWith("--autoplay-policy", StringComparison.Ordinal)), "--autoplay-policy=document-user-activation-required"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        playwright?.Dispose();
    }
}
