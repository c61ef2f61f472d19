using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using SessionGrains.Api.Callers;
using SessionGrains.Api.ProblemJson;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.Events;

/// <summary>Writes a workflow's events to those who listen, each for as long as they may.</summary>
internal sealed class EventStreams(
    OpenStreams open, IHostApplicationLifetime host, IOptions<JsonOptions> json, TimeProvider clock, ILogger<EventStreams> logger)
{
    /// <summary>Streams until the workflow has ended, the client goes, its token expires or this host stops; or says why it cannot.</summary>
    public async Task<Problem?> Serve(OwnWorkflow own, long? after, ConnectUrl connectUrl, HttpContext http)
    {
        using var place = open.TryTake(http.Caller.User);
        if (place is null)
        {
            return open.TooMany;
        }

        if (host.ApplicationStopping.IsCancellationRequested)
        {
            return new(Problems.Draining, "This host is going out of service.");
        }

        var feed = new EventFeed(own, clock, logger, ProblemDocument.TraceIdOf(http));
        var opened = await feed.Open(after, http.RequestAborted);
        if (!opened.IsAccepted)
        {
            return opened.Refusal.ToProblem();
        }

        using var expiry = new CancellationTokenSource(http.TokenLife.LeftAt(clock.GetUtcNow()), clock);
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, host.ApplicationStopping, expiry.Token);
        try
        {
            var lines = new EventLines(http.Response, json.Value.SerializerOptions, clock);
            await Stream(feed, opened.Value, lines, connectUrl, closing.Token);
        }
        catch (Exception) when (closing.IsCancellationRequested)
        {
            // The client comes back, with a fresh token or to another host, and goes on after the last event that it has.
        }

        return null;
    }

    private async Task Stream(
        EventFeed feed, EventPage opened, EventLines lines, ConnectUrl connectUrl, CancellationToken closing)
    {
        var last = 0L;
        for (var page = opened; page is not null; page = await NextPage(feed, last, lines, closing))
        {
            foreach (var told in page.Events)
            {
                await lines.Write(EventMessage.Of(told, connectUrl), closing);
                last = told.Id;
                if (told is WorkflowEvent.Ended)
                {
                    return;
                }
            }
        }
    }

    private async Task<EventPage?> NextPage(EventFeed feed, long last, EventLines lines, CancellationToken closing)
    {
        var next = feed.Next(last, closing);
        while (true)
        {
            var left = EventLines.LongestSilence - lines.Silence;
            await ((Task)next).WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, clock, closing)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (next.IsCompleted || closing.IsCancellationRequested)
            {
                return await next.WaitAsync(closing);
            }

            await lines.WriteComment(closing);
        }
    }
}
