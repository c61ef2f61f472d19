using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using SessionGrains.Api.Callers;
using SessionGrains.Api.ProblemJson;
using SessionGrains.Api.Sdk;

namespace SessionGrains.Api.OperatorConsole;

/// <summary>The operators' console: a page that uses what is under <c>/v1/admin</c>, and nothing else.</summary>
internal static class ConsoleEndpoints
{
    private const string SignInPath = "/sign-in";

    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public static IEndpointRouteBuilder MapConsole(this IEndpointRouteBuilder routes)
    {
        var console = routes.MapGroup("/console").RequireAuthorization(Operators.Policy).ExcludeFromDescription();
        console.MapGet("", () => Page("console", "index.html")).WithMetadata(new OpenedAsPage(SignInPath)).AddEndpointFilter(AsPage);
        console.MapPost("session", SignIn);
        console.MapPost("sign-out", SignOut);
        routes.MapEmbeddedFiles("console", typeof(ConsoleEndpoints).Assembly).RequireAuthorization(Operators.Policy).ExcludeFromDescription();

        routes.MapGet(SignInPath, () => Page("sign-in", "index.html")).AllowAnonymous().ExcludeFromDescription().AddEndpointFilter(AsPage);
        routes.MapEmbeddedFiles("sign-in", typeof(ConsoleEndpoints).Assembly).AllowAnonymous().ExcludeFromDescription();
        return routes;
    }

    /// <summary>Exchanges the token of the header for a cookie that holds it.</summary>
    private static Results<NoContent, Problem> SignIn(HttpContext http)
    {
        var token = HeaderToken(http.Request);
        if (token is null or { Length: > ConsoleCookie.LargestToken })
        {
            return new Problem(
                Problems.InvalidRequest,
                $"This needs a token of at most {ConsoleCookie.LargestToken} characters in the Authorization header: a browser keeps no larger one. A proxy that signs operators in has no such limit.");
        }

        ConsoleCookie.Keep(http, token, http.TokenLife.ExpiresAt);
        return TypedResults.NoContent();
    }

    private static NoContent SignOut(HttpContext http)
    {
        ConsoleCookie.Forget(http);
        return TypedResults.NoContent();
    }

    private static string? HeaderToken(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? header[scheme.Length..].Trim() : null;
    }

    private static FileStreamHttpResult Page(string folder, string file) =>
        TypedResults.Stream(typeof(ConsoleEndpoints).Assembly.GetManifestResourceStream($"{folder}/{file}")!, "text/html; charset=utf-8");

    private static ValueTask<object?> AsPage(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var headers = context.HttpContext.Response.Headers;
        headers[HeaderNames.ContentSecurityPolicy] = Policy;
        headers.CacheControl = "no-cache";
        return next(context);
    }
}

/// <summary>A person opens this address in a browser: without a token it leads to where one signs in.</summary>
internal sealed record OpenedAsPage(string SignInPath);
