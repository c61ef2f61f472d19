namespace SessionGrains.Api.Hosting;

/// <summary>The headers that every answer carries, problems included.</summary>
internal sealed class SecurityHeaders : IMiddleware
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        // As late as this, because whoever answers a fault clears the headers first.
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            if (context.Request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase))
            {
                headers.CacheControl = "no-store";
            }

            return Task.CompletedTask;
        });

        return next(context);
    }
}
