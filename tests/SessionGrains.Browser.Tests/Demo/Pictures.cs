using Microsoft.Playwright;

namespace SessionGrains.Browser.Tests.Demo;

/// <summary>Where screenshots are kept.</summary>
internal static class Pictures
{
    public static Task Take(IPage page, string name)
    {
        // artifacts/bin/<project>/<configuration>: they belong beside bin.
        var artifacts = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Parent!.Parent!;
        return page.ScreenshotAsync(new() { Path = Path.Combine(artifacts.FullName, "screenshots", $"{name}.png"), FullPage = true });
    }
}
