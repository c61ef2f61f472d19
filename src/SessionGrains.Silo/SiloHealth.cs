namespace SessionGrains.Silo;

/// <summary>What an orchestrator asks a silo: is the process there, and can it work.</summary>
internal static class SiloHealth
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static IEndpointRouteBuilder MapSiloHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/livez", () => Results.Ok());
        routes.MapGet("/readyz", Ready);
        return routes;
    }

    private static async Task<IResult> Ready(IGrainFactory grains, IHostApplicationLifetime lifetime, TimeProvider clock)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested || !lifetime.ApplicationStarted.IsCancellationRequested)
        {
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }

        try
        {
            await grains.WorkflowList.Ping().WaitAsync(Patience, clock);
            return Results.Ok();
        }
        // Whatever keeps it from answering, it is not ready.
        catch (Exception)
        {
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }
    }
}
