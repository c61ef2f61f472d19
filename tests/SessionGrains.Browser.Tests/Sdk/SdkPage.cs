using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SessionGrains.Browser.Tests.Sdk;

/// <summary>An application's own page that uses the SDK, on an origin of its own.</summary>
internal sealed class SdkPage : IAsyncDisposable
{
    private readonly WebApplication app;

    private SdkPage(WebApplication app) => this.app = app;

    /// <summary>Where the browser's sources are.</summary>
    public static string Sources { get; } = Metadata("BrowserFolder");

    public string Url => app.Urls.Single();

    public static async Task<SdkPage> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/", () => Results.Text("""<!doctype html><html lang="en"><title>sdk</title><script type="module" src="/page.js"></script></html>""", "text/html"));
        app.MapGet("/elsewhere", () => Results.Text("<!doctype html><title>elsewhere</title>", "text/html"));
        app.MapGet("/page.js", () => Results.File(Path.Combine(Metadata("TestFolder"), "Sdk", "page.js"), "text/javascript"));
        ServeSdk(app);
        await app.StartAsync();
        return new SdkPage(app);
    }

    public static void ServeSdk(WebApplication app) =>
        app.MapGet("/sdk/{file}", (string file) => Results.File(Path.Combine(Sources, "sdk", file), "text/javascript"));

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static string Metadata(string key) =>
        Path.GetFullPath(typeof(SdkPage).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == key).Value!);
}
