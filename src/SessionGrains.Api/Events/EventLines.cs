using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;

namespace SessionGrains.Api.Events;

/// <summary>Writes server-sent events, one flush each. The framework's own result knows no comment lines, and those keep a silent stream open.</summary>
internal sealed class EventLines
{
    public const string ContentType = "text/event-stream";

    // Proxies cut a connection that stays silent, many of them after 30 or 60 seconds.
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(15);

    private readonly HttpResponse response;
    private readonly JsonSerializerOptions json;
    private readonly TimeProvider clock;
    private long lastWritten;

    public EventLines(HttpResponse response, JsonSerializerOptions json, TimeProvider clock)
    {
        (this.response, this.json, this.clock, lastWritten) = (response, json, clock, clock.GetTimestamp());
        response.ContentType = ContentType;
        // What nginx needs to be told, so that an event arrives when it happens.
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
    }

    /// <summary>How long nothing was written.</summary>
    public TimeSpan Silence => clock.GetElapsedTime(lastWritten);

    public Task Write(EventMessage message, CancellationToken cancellationToken)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"id: {message.Id}\nevent: {message.Name}\ndata: ");
        Encoding.UTF8.GetBytes(head, response.BodyWriter);
        // JSON has no raw line break, so the data is always one line.
        response.BodyWriter.Write(JsonSerializer.SerializeToUtf8Bytes(message.Data, json));
        response.BodyWriter.Write("\n\n"u8);
        return Flush(cancellationToken);
    }

    public Task WriteComment(CancellationToken cancellationToken)
    {
        response.BodyWriter.Write(": \n\n"u8);
        return Flush(cancellationToken);
    }

    // It waits while the client reads too slowly: then nothing more is asked for, and nothing piles up.
    private async Task Flush(CancellationToken cancellationToken)
    {
        await response.BodyWriter.FlushAsync(cancellationToken);
        lastWritten = clock.GetTimestamp();
    }
}
