using Microsoft.Playwright;

namespace SessionGrains.Browser.Tests.Demo;

/// <summary>Where screenshots are kept.</summary>
internal static class Pictures
{
    /// <summary>Takes one of all the page, and where it does not fit on the screen another of what is in sight.</summary>
    public static async Task Take(IPage page, string name)
    {
        var (top, isLong) = await Scroll(page, 0);
        await Take(page, name, fullPage: true);
        if (isLong)
        {
            await Scroll(page, top);
            await Take(page, $"{name}-in-sight", fullPage: false);
        }
    }

    private static async Task<(double Before, bool IsLong)> Scroll(IPage page, double top)
    {
        var before = await page.EvaluateAsync<double[]>("top => { const before = [scrollY, document.documentElement.scrollHeight > innerHeight ? 1 : 0]; scrollTo(0, top); return before; }", top);
        return (before[0], before[1] > 0);
    }

    private static Task<byte[]> Take(IPage page, string name, bool fullPage)
    {
        // artifacts/bin/<project>/<configuration>: they belong beside bin.
        var artifacts = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Parent!.Parent!;
        return page.ScreenshotAsync(new() { Path = Path.Combine(artifacts.FullName, "screenshots", $"{name}.png"), FullPage = fullPage });
    }
}
