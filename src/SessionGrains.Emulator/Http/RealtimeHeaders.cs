using SessionGrains.Emulator.Sessions;

namespace SessionGrains.Emulator.Http;

/// <summary>The response headers that OpenAI sends, and its answer to a browser's preflight.</summary>
internal static class RealtimeHeaders
{
    public static void UseRealtimeHeaders(this WebApplication app) => app.Use((context, next) =>
        context.Request.Path.StartsWithSegments("/v1") ? Answer(context, next) : next(context));

    /// <summary>OpenAI's answer to an address that does not exist.</summary>
    public static void MapUnknownUrls(this WebApplication app) => app.MapFallback("/v1/{**path}", (HttpContext context) =>
        new OpenAIError(404, $"Invalid URL ({context.Request.Method} {context.Request.Path})"));

    private static Task Answer(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlExposeHeaders = "Location, X-Request-Id";
        headers["x-request-id"] = $"req_{RandomId.Next(32)}";
        headers["openai-version"] = "2020-10-01";
        headers["openai-processing-ms"] = "1";

        if (!HttpMethods.IsOptions(context.Request.Method))
        {
            return next(context);
        }

        headers.AccessControlAllowMethods = "GET, POST, OPTIONS";
        headers.AccessControlAllowHeaders = context.Request.Headers.AccessControlRequestHeaders;
        headers.AccessControlMaxAge = "600";
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    }
}
