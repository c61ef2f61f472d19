using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Hosting;

/// <summary>Writes one line for each request: what was asked, how it was answered and how long it took.</summary>
internal sealed class RequestLog(TimeProvider clock, ILogger<RequestLog> logger) : IMiddleware
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var begun = clock.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            // The route's template and not the path: an unknown path is the client's text.
            var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(none)";
            var took = clock.GetElapsedTime(begun).TotalMilliseconds;
            logger.Answered(
                Known(context.Request.Method), route, context.Response.StatusCode, took, ProblemDocument.TraceIdOf(context));
        }
    }

    private static string Known(string method) => method switch
    {
        "GET" or "POST" or "HEAD" or "OPTIONS" or "PUT" or "DELETE" or "PATCH" => method,
        _ => "(other)",
    };
}

/// <summary>The line that <see cref="RequestLog"/> writes. Never a query, a body, a header or a token.</summary>
internal static partial class RequestLogLines
{
    [LoggerMessage(500, LogLevel.Information, "{Method} {Route} answered {Status} in {ElapsedMs:0.0} ms, trace {TraceId}")]
    public static partial void Answered(
        this ILogger logger, string method, string route, int status, double elapsedMs, string traceId);
}
