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

    private readonly WebApplication app;

    private TestPage(WebApplication app) => this.app = app;

    public string Url => app.Urls.Single();

    public static async Task<TestPage> Start()
    {
        var script = await Bundled.Value;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/", () => Results.Text("""<!doctype html><title>test</title><script type="module" src="/page.js"></script>""", "text/html"));
        app.MapGet("/page.js", () => Results.File(script, "text/javascript"));
        await app.StartAsync();
        return new TestPage(app);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static async Task<string> Bundle()
    {
        var folder = typeof(TestPage).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "PageFolder").Value!;
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "@openai", "agents-realtime")))
        {
            await Npm(folder, "ci --no-audit --no-fund --ignore-scripts");
        }

        await Npm(folder, "run build");
        return Path.Combine(folder, "dist", "page.js");
    }

    private static async Task Npm(string folder, string arguments)
    {
        using var npm = Process.Start(new ProcessStartInfo("npm", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await Task.WhenAll(npm.StandardOutput.ReadToEndAsync(), npm.StandardError.ReadToEndAsync());
        await npm.WaitForExitAsync();
        Assert.True(npm.ExitCode == 0, string.Concat(said));
    }
}
