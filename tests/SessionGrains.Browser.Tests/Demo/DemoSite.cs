using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using SessionGrains.Browser.Tests.Sdk;

namespace SessionGrains.Browser.Tests.Demo;

/// <summary>The demo page as a host serves it: its files, its content policy, and the little that it has to know.</summary>
internal static class DemoSite
{
    /// <param name="reached">The other origins that the page may reach.</param>
    /// <param name="config">What it is told of its host.</param>
    /// <param name="token">Signs a test user in.</param>
    public static void Serve(WebApplication app, Func<string> reached, Func<Task<JsonObject>> config, Func<JsonNode, string> token)
    {
        SdkPage.ServeSdk(app);
        app.MapGet("/", (HttpContext http) =>
        {
            http.Response.Headers.ContentSecurityPolicy =
                $"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {reached()}; frame-src {reached()}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
            return Results.File(Path.Combine(SdkPage.Sources, "demo", "index.html"), "text/html; charset=utf-8");
        });
        app.MapGet("/demo/config", async () => Results.Json(await config()));
        app.MapGet("/demo/{file}", (string file) => Results.File(Path.Combine(SdkPage.Sources, "demo", file), Path.GetExtension(file) switch
        {
            ".css" => "text/css",
            ".svg" => "image/svg+xml",
            _ => "text/javascript",
        }));
        app.MapPost("/dev/token", async (HttpRequest request) =>
            Results.Json(new { access_token = token((await JsonNode.ParseAsync(request.Body))!), token_type = "Bearer", expires_in = 3600 }));
    }
}
