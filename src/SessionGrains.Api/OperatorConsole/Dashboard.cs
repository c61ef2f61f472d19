using Microsoft.Net.Http.Headers;
using Orleans.Dashboard;
using SessionGrains.Api.Callers;

namespace SessionGrains.Api.OperatorConsole;

/// <summary>Orleans' own dashboard, for operators, where it is switched on.</summary>
internal static class Dashboard
{
    public const string Path = "/console/orleans";

    // Its page has styles of its own inside; it loads and asks nothing from elsewhere.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Whether the deployment wants it: <c>SessionGrains:Dashboard</c>, at the silos as well.</summary>
    public static bool HasDashboard(this IConfiguration configuration) => configuration.GetValue<bool>("SessionGrains:Dashboard");

    public static void MapDashboard(this WebApplication app)
    {
        if (app.Configuration.HasDashboard())
        {
            app.MapOrleansDashboard(Path).RequireAuthorization(Operators.Policy).ExcludeFromDescription().AddEndpointFilter((context, next) =>
            {
                context.HttpContext.Response.Headers[HeaderNames.ContentSecurityPolicy] = Policy;
                return next(context);
            });
        }
    }
}
