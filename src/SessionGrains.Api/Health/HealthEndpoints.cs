using Microsoft.AspNetCore.Http.HttpResults;
using SessionGrains.Api.Cluster;
using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Health;

/// <summary>Tells a load balancer whether this process lives, and whether it can serve.</summary>
internal static class HealthEndpoints
{
    private static readonly TimeSpan PingLimit = TimeSpan.FromSeconds(2);

    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/livez", Live).WithTags("Health").AllowAnonymous().WithSummary("Whether the process lives.");
        routes.MapGet("/readyz", Ready).WithTags("Health").AllowAnonymous()
            .WithSummary("Whether cluster and storage answer, and this host is not stopping; with `except=storage`, whether the cluster does.");
        return routes;
    }

    private static Ok<HealthAnswer> Live() => TypedResults.Ok(new HealthAnswer("alive"));

    private static async Task<Results<Ok<HealthAnswer>, Problem>> Ready(
        string? except, GrainCalls grains, IHostApplicationLifetime host, TimeProvider clock)
    {
        if (host.ApplicationStopping.IsCancellationRequested)
        {
            return new Problem(Problems.Draining, "This host is going out of service.");
        }

        await grains.Ask(async all =>
        {
            // Without storage heartbeats and ends still arrive, and a call whose heartbeats do not is hung up.
            await (except is "storage" ? all.WorkflowList.Reach() : all.WorkflowList.Ping()).WaitAsync(PingLimit, clock);
            return true;
        });
        return TypedResults.Ok(new HealthAnswer("ready"));
    }
}

/// <summary>A good answer of a health check.</summary>
internal sealed record HealthAnswer(string Status);
