using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using SessionGrains.Api.Cluster;
using SessionGrains.Api.OpenApi;
using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.RealtimeCalls;

/// <summary>Takes a browser's offer at an address of the same shape as OpenAI's own, so that OpenAI's browser client works with it.</summary>
internal static class RealtimeCallEndpoints
{
    public const string Path = "/v1/realtime/calls";

    private const string BearerPrefix = "Bearer ";

    public static RouteHandlerBuilder MapRealtimeCalls(this IEndpointRouteBuilder routes) =>
        routes.MapPost(Path, Connect).WithTags("Calls").AllowAnonymous()
            .WithSummary("Creates the call for a browser that holds one of our own client secrets.")
            .Takes(RequestSchemas.Offer).Produces<string>(StatusCodes.Status201Created, SdpOffer.ContentType);

    /// <summary>Whether a request is answered here, and so in the shape that OpenAI's browser client reads.</summary>
    public static bool Answers(HttpContext http) => http.Request.Path.StartsWithSegments(Path, StringComparison.OrdinalIgnoreCase);

    private static async Task<Results<ContentHttpResult, Problem>> Connect(SdpOffer offer, GrainCalls grains, HttpContext http)
    {
        if (!OwnSecret.TryReadWorkflow(BearerOf(http.Request), out var id))
        {
            http.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
            return new Problem(Problems.InvalidClientSecret, "The header Authorization: Bearer with a client secret of this service is needed.");
        }

        if (offer.Problem is { } badOffer)
        {
            return badOffer;
        }

        var secretHash = OwnSecret.Hash(BearerOf(http.Request)!);
        var requestId = Guid.NewGuid().ToString("n");
        var (connected, lost) = await grains.AskAgain(
            all => all.Workflow(id).ConnectOnce(secretHash, offer.Text, requestId, http.RequestAborted), http.RequestAborted);
        if (!connected.IsAccepted)
        {
            // A grain that began anew elsewhere only knows that the secret was used; what happened is that the first answer is lost.
            return lost is not null && connected.Refusal.Code is (RefusalCode.ClientSecretUsed or RefusalCode.WorkflowNotConnectable)
                ? FaultProblems.Of(lost)
                : connected.Refusal.ToProblem();
        }

        http.Response.Headers.Location = $"{Path}/{connected.Value.Call}";
        return TypedResults.Text(connected.Value.Answer, SdpOffer.ContentType, statusCode: StatusCodes.Status201Created);
    }

    private static string? BearerOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase)
            ? header[BearerPrefix.Length..].Trim()
            : null;
}
