using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using SessionGrains.Api.OpenApi;
using SessionGrains.Api.ProblemJson;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.Events;

/// <summary>Lets a page listen to what happens to its workflow.</summary>
internal static class EventEndpoints
{
    public static RouteHandlerBuilder MapEvents(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/workflows/{id}/events", Listen).WithTags("Events").RequireAuthorization()
            .WithSummary("Server-sent events of a workflow, beginning with a snapshot, until it has ended.")
            .TakesHeader(LastEventId.Header).Produces<string>(StatusCodes.Status200OK, EventLines.ContentType)
            .WithMetadata(new DisableRequestTimeoutAttribute());

    private static async Task<Results<EmptyHttpResult, Problem>> Listen(
        OwnWorkflow own, LastEventId last, ConnectUrl connectUrl, EventStreams streams, HttpContext http) =>
        await streams.Serve(own, last.Value, connectUrl, http) is { } problem ? problem : TypedResults.Empty;
}

/// <summary>The last event that a client has, if it says so in a way that we understand.</summary>
internal sealed record LastEventId(long? Value)
{
    public const string Header = "Last-Event-ID";

    public static ValueTask<LastEventId> BindAsync(HttpContext context)
    {
        // A wrong one is no reason to refuse: the stream opens with a snapshot in any case.
        var isId = long.TryParse(context.Request.Headers[Header], NumberStyles.None, CultureInfo.InvariantCulture, out var id);
        return ValueTask.FromResult(new LastEventId(isId ? id : null));
    }
}
