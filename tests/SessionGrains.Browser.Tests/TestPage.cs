using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SessionGrains.Browser.Tests;

/// <summary>The page with the official client: bundled once, served from an origin of its own, as a real application would be.</summary>
internal sealed class TestPage : IAsyncDisposable
{
    private static readonly Lazy<Task<string>> Bundled = new(Bundle);
    private static readonly Lazy<Task> Installed = new(InstallOnce);

    private readonly WebApplication app;

    private TestPage(WebApplication app) => this.app = app;

    /// <summary>Where the page and its packages are.</summary>
    public static string Folder { get; } = typeof(TestPage).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "PageFolder").Value!;

    public string Url => app.Urls.Single();

    /// <summary>Fetches the packages, unless they are there.</summary>
    public static Task Install() => Installed.Value;

    public static async Task<TestPage> Start()
    {
        var script = await Bundled.Value;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/", () => Results.Text("""<!doctype html><title>test</title><script type="module" src="/page.js"></script>""", "text/html"));
        app.MapGet("/favicon.ico", () => Results.NoContent());
        app.MapGet("/page.js", () => Results.File(script, "text/javascript"));
        await app.StartAsync();
        return new TestPage(app);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static async Task<string> Bundle()
    {
        await Install();
        await Npm(Folder, "run build");
        return Path.Combine(Folder, "dist", "page.js");
    }

    private static async Task InstallOnce()
    {
        // npm leaves its own copy of the lock beside what it installed: an older one, or none, means that packages are missing.
        if (File.GetLastWriteTimeUtc(Path.Combine(Folder, "node_modules", ".package-lock.json")) < File.GetLastWriteTimeUtc(Path.Combine(Folder, "package-lock.json")))
        {
            await Npm(Folder, "ci --no-audit --no-fund --ignore-scripts");
        }
    }

    private static async Task Npm(string folder, string arguments)
    {
        using var npm = Process.Start(new ProcessStartInfo("npm", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await Task.WhenAll(npm.StandardOutput.ReadToEndAsync(), npm.StandardError.ReadToEndAsync());
        await npm.WaitForExitAsync();
        Assert.True(npm.ExitCode == 0, string.Concat(said));
    }
}
