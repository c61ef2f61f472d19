namespace SessionGrains.Api.Callers;

/// <summary>An operator's own token in a cookie, so that the console's pages can be opened as pages are. No script can read it.</summary>
/// <remarks>It is taken for what operators alone may see and do, and never for a change that another site's page asks for.</remarks>
internal static class ConsoleCookie
{
    /// <summary>The most that browsers keep in one cookie, its name and attributes aside.</summary>
    public const int LargestToken = 3_800;

    private const string Name = "sessiongrains_console";

    /// <summary>The token that a request without the header may use instead; null when there is none.</summary>
    public static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization.Count is 0 && request.Cookies.TryGetValue(Name, out var token) && IsOurOwnPage(request) ? token : null;

    /// <summary>Keeps a token until it expires.</summary>
    public static void Keep(HttpContext http, string token, DateTimeOffset expiresAt) =>
        http.Response.Cookies.Append(Name, token, Options(http.Request, expiresAt));

    public static void Forget(HttpContext http) => http.Response.Cookies.Delete(Name, Options(http.Request, null));

    // SameSite keeps other sites out; a sibling's subdomain is the same site, and every browser of today says which it is.
    private static bool IsOurOwnPage(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || request.Headers["Sec-Fetch-Site"] == "same-origin";

    private static CookieOptions Options(HttpRequest request, DateTimeOffset? expiresAt) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        // Behind a proxy the last hop may be plain; the browser's own word is in the origin that it sends with a sign-in.
        Secure = request.IsHttps || request.Headers.Origin.ToString().StartsWith("https://", StringComparison.OrdinalIgnoreCase),
        Path = "/",
        IsEssential = true,
        Expires = expiresAt,
    };
}
