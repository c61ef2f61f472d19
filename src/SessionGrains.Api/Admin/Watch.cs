using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;
using SessionGrains.Api.Callers;
using SessionGrains.Api.Events;
using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Admin;

/// <summary>Makes an address watchable: asked for as an event stream, it answers again whenever its answer has changed.</summary>
/// <remarks>The question is asked anew every two seconds, so a stream costs what a patient reader's reloads would, and one page, however long the list.</remarks>
internal sealed class Watch(
    OpenStreams open, IHostApplicationLifetime host, IOptions<JsonOptions> json, TimeProvider clock) : IEndpointFilter
{
    public const string EventName = "changed";

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (!http.Request.GetTypedHeaders().Accept.Any(accept => accept.MediaType.Equals(EventLines.ContentType, StringComparison.OrdinalIgnoreCase)))
        {
            return await next(context);
        }

        using var place = open.TryTake(http.Caller.User);
        if (place is null)
        {
            return open.TooMany;
        }

        // Whatever is wrong with the question is a plain answer.
        var answer = await next(context);
        if (ValueOf(answer) is { } first)
        {
            await Stream(first, async () => ValueOf(await next(context)), http);
            return TypedResults.Empty;
        }

        return answer;
    }

    private async Task Stream(object first, Func<Task<object?>> again, HttpContext http)
    {
        http.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        using var expiry = new CancellationTokenSource(http.TokenLife.LeftAt(clock.GetUtcNow()), clock);
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, host.ApplicationStopping, expiry.Token);
        try
        {
            var lines = new EventLines(http.Response, json.Value.SerializerOptions, clock);
            byte[] told = [];
            var id = 0L;
            for (var value = first; value is not null; value = await again())
            {
                var now = JsonSerializer.SerializeToUtf8Bytes(value, json.Value.SerializerOptions);
                if (!now.AsSpan().SequenceEqual(told))
                {
                    await lines.Write(new(++id, EventName, value), closing.Token);
                    told = now;
                }
                else if (lines.Silence >= EventLines.LongestSilence)
                {
                    await lines.WriteComment(closing.Token);
                }

                await Task.Delay(Every, clock, closing.Token);
            }
        }
        catch (Exception fault) when (closing.IsCancellationRequested || FaultProblems.Of(fault).Kind.IsTemporary)
        {
            // Whoever watches comes back, with a fresh token or to another host, and begins with a whole answer.
        }
    }

    private static object? ValueOf(object? answer) => answer switch
    {
        INestedHttpResult nested => ValueOf(nested.Result),
        IValueHttpResult { Value: { } value } => value,
        _ => null,
    };
}
