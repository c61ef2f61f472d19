using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SessionGrains.Api.Tests;

/// <summary>How a stream of events opens, goes on, is resumed and closes.</summary>
public sealed class EventStreamTests : IAsyncLifetime
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    private readonly ApiUnderTest api = new();
    private WorkflowId id;

    private FakeEvents Told => api.Grains.Workflow(id).Told;

    public async ValueTask InitializeAsync()
    {
        await api.StartAsync();
        id = api.Grains.Add(Token.Ada);
    }

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact]
    public async Task A_stream_opens_with_a_snapshot_and_tells_what_happens_when_it_happens()
    {
        using var listener = await Listener.Open(api, id);

        var snapshot = await listener.Event();
        Assert.Equal(("workflow.updated", 1024L, id.Value), (snapshot.Name, snapshot.Id, snapshot.Data.GetProperty("id").GetString()));

        foreach (var place in new[] { 2048L, 3072L })
        {
            Told.Tell(Done(place));
            Assert.Equal(("transcript.done", place), Place(await listener.Event()));
        }

        Assert.Equal([(null, true), (1024L, false), (2048L, false)], Told.Asked.Take(3));
    }

    [Fact]
    public async Task A_stream_is_not_held_back_by_anybody_on_its_way()
    {
        using var listener = await Listener.Open(api, id);

        Assert.Equal("text/event-stream", listener.ContentHeaders.ContentType?.ToString());
        Assert.Equal("no", listener.Headers.GetValues("X-Accel-Buffering").Single());
        Assert.True(listener.Headers.CacheControl?.NoStore);
        Assert.Null(listener.ContentHeaders.ContentLength);
    }

    [Fact]
    public async Task A_page_of_an_allowed_origin_may_listen_and_resume()
    {
        using var listener = await Listener.Open(api, id, null, ("Origin", ApiUnderTest.Origin), ("Last-Event-ID", "7"));

        Assert.Equal(ApiUnderTest.Origin, listener.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal((7L, true), Told.Asked.First());
    }

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("1795529105123456", 1795529105123456L)]
    [InlineData("", null)]
    [InlineData("-1", null)]
    [InlineData("+1", null)]
    [InlineData("1.5", null)]
    [InlineData("abc", null)]
    [InlineData("99999999999999999999", null)]
    public async Task A_stream_is_resumed_after_the_event_that_its_reader_has_and_a_malformed_id_is_none(string header, long? after)
    {
        using var listener = await Listener.Open(api, id, null, ("Last-Event-ID", header));

        Assert.Equal((after, true), Told.Asked.First());
        Assert.Equal("workflow.updated", (await listener.Event()).Name);
    }

    [Fact]
    public async Task A_stream_closes_after_the_workflow_has_ended_and_tells_nothing_more()
    {
        using var listener = await Listener.Opened(api, id);

        Told.Tell(new WorkflowEvent.Ended(Picture.Of(id)) { Id = 2048 }, Done(3072));

        Assert.StartsWith("id: 2048\nevent: workflow.ended\n", Assert.Single(await listener.Rest()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workflow_that_ended_before_its_listener_came_says_so_and_the_stream_closes()
    {
        var ended = Picture.Of(id) with { Phase = Phase.Ended, EndReason = EndReason.MaxDuration };
        Told.Opening = [new WorkflowEvent.Updated(ended) { Id = 5 }, Done(1024)];
        using var listener = await Listener.Open(api, id);

        Assert.Equal(("workflow.updated", 5), Place(await listener.Event()));
        Assert.Equal(("transcript.done", 1024), Place(await listener.Event()));
        var last = await listener.Event();
        Assert.Equal(("workflow.ended", 1025), Place(last));
        Assert.Equal("max_duration", last.Data.GetProperty("end_reason").GetString());
        Assert.Empty(await listener.Rest());
        Assert.Single(Told.Asked);
    }

    [Fact]
    public async Task A_comment_keeps_a_stream_open_after_each_15_seconds_of_silence()
    {
        using var listener = await Listener.Opened(api, id);

        for (var times = 1; times <= 3; times++)
        {
            await api.Clock.Waits(Silence, times);
            api.Clock.Advance(Silence);
            Assert.Equal(": ", await listener.Block());
        }
    }

    [Fact]
    public async Task An_answer_without_events_does_not_count_as_a_sign_of_life()
    {
        using var listener = await Listener.Opened(api, id);
        await api.Clock.Waits(Silence);

        api.Clock.Advance(TimeSpan.FromSeconds(10));
        Told.AnswerNothing();
        await api.Clock.Waits(TimeSpan.FromSeconds(5));
        api.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(": ", await listener.Block());
    }

    [Fact]
    public async Task A_stream_closes_when_the_callers_token_expires_and_not_before()
    {
        using var listener = await Listener.Opened(api, id);

        api.Clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        Told.Tell(Done(2048));
        Assert.Equal(("transcript.done", 2048), Place(await listener.Event()));
        api.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.All(await listener.Rest(), block => Assert.Equal(": ", block));
        await Told.Abandoned.Soon();
    }

    [Theory]
    [InlineData(-29, 1)]
    [InlineData(0, 30)]
    [InlineData(1, 1)]
    [InlineData(30_000_000_000, 24 * 60 * 60)]
    [InlineData(300_000_000_000, 24 * 60 * 60)]
    public async Task A_token_within_the_leeway_of_clocks_has_the_rest_of_it_and_no_token_more_than_a_day(long expiresIn, int seconds)
    {
        var token = Token.Of(Token.With("exp", Token.Noon.ToUnixTimeSeconds() + expiresIn));
        using var listener = await Listener.Opened(api, id, token);

        await api.Clock.Waits(TimeSpan.FromSeconds(seconds));
        api.Clock.Advance(TimeSpan.FromSeconds(seconds));

        Assert.All(await listener.Rest(), block => Assert.Equal(": ", block));
    }

    [Fact]
    public async Task A_stream_closes_when_its_host_stops()
    {
        using var listener = await Listener.Opened(api, id);

        api.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        Assert.Empty(await listener.Rest());
    }

    [Fact]
    public async Task Whoever_leaves_is_waited_for_no_longer()
    {
        var listener = await Listener.Opened(api, id);

        listener.Dispose();

        await Told.Abandoned.Soon();
    }

    [Fact]
    public async Task Nobody_listens_to_the_workflow_of_another()
    {
        using var response = await api.Open($"/v1/workflows/{id}/events", Token.OfStranger);

        await response.Problem(404, "not_found");
    }

    [Fact]
    public async Task Before_the_first_byte_a_fault_and_a_refusal_are_plain_answers()
    {
        api.Grains.Faults.Enqueue(new TimeoutException());
        using var fault = await api.Open($"/v1/workflows/{id}/events", Token.OfAda);
        api.Grains.Refusals.Enqueue(new(RefusalCode.Draining, "Another one takes over."));
        using var refusal = await api.Open($"/v1/workflows/{id}/events", Token.OfAda);

        await fault.Problem(503, "storage_unavailable");
        await refusal.Problem(503, "draining");
    }

    [Fact]
    public async Task A_slow_reader_holds_up_nobody_else()
    {
        using var slow = new TcpClient { ReceiveBufferSize = 4096 };
        await slow.ConnectAsync("127.0.0.1", api.Client.BaseAddress!.Port, TestContext.Current.CancellationToken);
        await slow.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes($"GET /v1/workflows/{id}/events HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {Token.OfAda}\r\n\r\n"),
            TestContext.Current.CancellationToken);
        using var listener = await Listener.Opened(api, id);
        while (Told.Asked.Count(asked => !asked.Opens) < 2)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        // More than all buffers between here and there take.
        Told.Tell([.. Enumerable.Range(2, 64).Select(n => Done(1024 * n, new string('x', 500_000)))]);
        for (var n = 2L; n <= 65; n++)
        {
            Assert.Equal(("transcript.done", 1024 * n), Place(await listener.Event()));
        }

        Told.Tell(Done(1024 * 66));
        Assert.Equal(("transcript.done", 1024 * 66), Place(await listener.Event()));
        Assert.Single(Told.Asked, asked => asked.After == 1024 * 65);
    }

    private static WorkflowEvent.TranscriptDone Done(long place, string text = "Hello.") => new("assistant", "item_1", text) { Id = place };

    private static (string, long) Place((string Name, long Id, System.Text.Json.JsonElement Data) told) => (told.Name, told.Id);
}
