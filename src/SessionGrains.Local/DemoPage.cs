using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using SessionGrains.Api.Sdk;
using SessionGrains.Emulator;

namespace SessionGrains.Local;

/// <summary>The page that a laptop shows at <c>/</c>, and the little that it has to know of this host.</summary>
internal static class DemoPage
{
    private const string OpenAI = "https://api.openai.com/v1";

    public static WebApplication MapDemo(this WebApplication app, EmulatorHost? emulator)
    {
        if (emulator is not null)
        {
            app.Lifetime.ApplicationStarted.Register(() => _ = DemoScenario.PlayAsync(emulator));
        }

        var policy = ContentPolicy(app.Configuration, emulator);
        app.MapEmbeddedFiles("demo", typeof(DemoPage).Assembly).AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/", () => Results.Stream(typeof(DemoPage).Assembly.GetManifestResourceStream("demo/index.html")!, "text/html; charset=utf-8"))
            .AddEndpointFilter((context, next) =>
            {
                var headers = context.HttpContext.Response.Headers;
                headers.ContentSecurityPolicy = policy;
                headers.CacheControl = "no-cache";
                headers["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=()";
                return next(context);
            })
            .AllowAnonymous().ExcludeFromDescription();

        var http = new HttpClient();
        app.MapGet("/demo/config", (CancellationToken cancellationToken) => Config(app, emulator, http, cancellationToken))
            .AllowAnonymous().ExcludeFromDescription();
        return app;
    }

    private static string ContentPolicy(IConfiguration configuration, EmulatorHost? emulator)
    {
        var provider = configuration["OPENAI_PUBLIC_BASE_URL"] ?? configuration["OPENAI_BASE_URL"] ?? OpenAI;
        var reached = new[] { provider, configuration["SessionGrains:PublicUrl"] }
            .Where(url => Uri.TryCreate(url, UriKind.Absolute, out _)).Select(url => new Uri(url!).GetLeftPart(UriPartial.Authority));
        var frames = emulator is null ? "'none'" : emulator.BaseUrl.GetLeftPart(UriPartial.Authority);
        return $"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {string.Join(' ', reached)}; frame-src {frames}; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    private static async Task<Ok<DemoConfig>> Config(WebApplication app, EmulatorHost? emulator, HttpClient http, CancellationToken cancellationToken)
    {
        var peers = emulator is null ? 0 : (await http.GetFromJsonAsync<PeerCount>(new Uri(emulator.ControlUrl, "peers"), cancellationToken))!.Count;
        return TypedResults.Ok(new DemoConfig(
            emulator is null ? null : new DemoEmulator(new Uri(emulator.BaseUrl, "/peer"), peers),
            app.HasTestUsers(),
            [.. Definitions(app.Configuration)]));
    }

    /// <summary>What can be started here: read from the files, since the silo keeps what it loaded to itself.</summary>
    private static IEnumerable<DemoDefinition> Definitions(IConfiguration configuration)
    {
        var folder = configuration["SessionGrains:Definitions"] is { Length: > 0 } configured ? configured : Path.Combine(AppContext.BaseDirectory, "definitions");
        foreach (var file in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            using var definition = JsonDocument.Parse(File.ReadAllText(file));
            var root = definition.RootElement;
            var inputs = root.TryGetProperty("inputs", out var schema) && schema.TryGetProperty("properties", out var properties)
                ? properties.EnumerateObject().Select(property => property.Name)
                : [];
            yield return new(root.GetProperty("name").GetString()!, root.GetProperty("mode").GetString()!, [.. inputs]);
        }
    }

    private sealed record PeerCount([property: JsonPropertyName("count")] int Count);

    private sealed record DemoConfig(DemoEmulator? Emulator, bool TestUsers, IReadOnlyList<DemoDefinition> Definitions);

    /// <param name="PeerUrl">The page that answers the emulator's calls.</param>
    /// <param name="Peers">How many such pages stand ready.</param>
    private sealed record DemoEmulator(Uri PeerUrl, int Peers);

    private sealed record DemoDefinition(string Name, string Mode, IReadOnlyList<string> Inputs);
}
