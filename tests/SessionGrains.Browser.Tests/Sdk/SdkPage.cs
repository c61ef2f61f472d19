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

    /// <summary>One more page, at <c>/recipe</c>.</summary>
    public string Recipe { get; set; } = "";

    public static async Task<SdkPage> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/", () => Results.Text("""<!doctype html><html lang="en"><title>sdk</title><script type="module" src="/page.js"></script></html>""", "text/html"));
        app.MapGet("/favicon.ico", () => Results.NoContent());
        app.MapGet("/elsewhere", () => Results.Text("<!doctype html><title>elsewhere</title>", "text/html"));
        app.MapGet("/page.js", () => Results.File(Path.Combine(Metadata("TestFolder"), "Sdk", "page.js"), "text/javascript"));
        app.MapPost("/token", () => Pretended.PretendApi.Token);
        ServeSdk(app);
        var page = new SdkPage(app);
        app.MapGet("/recipe", () => Results.Text(page.Recipe, "text/html"));
        await app.StartAsync();
        return page;
    }

    public static void ServeSdk(WebApplication app) =>
        app.MapGet("/sdk/{file}", (string file) => Results.File(Path.Combine(Sources, "sdk", file), "text/javascript"));

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static string Metadata(string key) =>
        Path.GetFullPath(typeof(SdkPage).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == key).Value!);
}
