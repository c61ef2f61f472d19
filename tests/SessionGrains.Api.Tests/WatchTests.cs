using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SessionGrains.Api.Tests;

/// <summary>Operators' lists that are asked for as a stream.</summary>
public sealed class WatchTests : IAsyncLifetime
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly ApiUnderTest api = new();

    private FakeOperations Operations => api.Grains.Operations;

    public async ValueTask InitializeAsync()
    {
        await api.StartAsync();
        api.Grains.Reset();
    }

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Theory]
    [InlineData("/v1/admin/cluster", "list")]
    [InlineData("/v1/admin/workflows?status=live&limit=2", "list")]
    [InlineData("/v1/admin/webhooks/deliveries", "list")]
    [InlineData("/v1/admin/workflows/{id}", "workflow")]
    public async Task A_stream_begins_with_the_whole_answer(string path, string kind)
    {
        using var listener = await Listener.Watch(api, path.Replace("{id}", api.Grains.Add(Token.Ada).Value, StringComparison.Ordinal));

        var (name, id, data) = await listener.Event();
        Assert.Equal(("changed", 1L, kind), (name, id, data.GetProperty("object").GetString()));
        Assert.Equal("text/event-stream", listener.ContentHeaders.ContentType?.ToString());
    }

    [Fact]
    public async Task It_tells_what_changed_and_nothing_while_nothing_did()
    {
        using var listener = await Listener.Watch(api, "/v1/admin/cluster");
        await listener.Event();
        await api.Clock.Waits(Every);
        api.Clock.Advance(Every);
        await api.Clock.Waits(Every, times: 2);

        Operations.Silos = [FakeOperations.Silo with { Status = "draining" }];
        api.Clock.Advance(Every);

        var (_, id, data) = await listener.Event();
        Assert.Equal((2L, "draining"), (id, data.GetProperty("data")[0].GetProperty("status").GetString()));
    }

    [Fact]
    public async Task A_silent_stream_is_kept_open_by_comments()
    {
        using var listener = await Listener.Watch(api, "/v1/admin/cluster");
        await listener.Event();
        for (var wait = 1; wait <= 8; wait++)
        {
            await api.Clock.Waits(Every, wait);
            api.Clock.Advance(Every);
        }

        Assert.StartsWith(":", await listener.Block());
    }

    [Fact]
    public async Task It_closes_when_the_cluster_cannot_answer_when_the_token_expires_and_when_the_host_stops()
    {
        using var cut = await Listener.Watch(api, "/v1/admin/cluster");
        await cut.Event();
        await api.Clock.Waits(Every);
        Operations.ClusterFault = new TimeoutException();
        api.Clock.Advance(Every);
        Assert.Empty(await cut.Rest());

        Operations.ClusterFault = null;
        using var expired = await Listener.Watch(api, "/v1/admin/cluster");
        await expired.Event();
        api.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.DoesNotContain(await expired.Rest(), block => block.StartsWith("data", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_that_stops_lets_its_watchers_go()
    {
        using var listener = await Listener.Watch(api, "/v1/admin/cluster");
        await listener.Event();

        api.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        await listener.Rest();
    }

    [Fact]
    public async Task What_is_wrong_with_the_question_is_a_plain_answer()
    {
        using var unknown = await api.Send("GET", $"/v1/admin/workflows/{WorkflowId.New()}", Token.OfOperator, headers: ("Accept", "text/event-stream"));
        await unknown.Problem(404, "not_found");

        using var bad = await api.Send("GET", "/v1/admin/workflows?status=odd", Token.OfOperator, headers: ("Accept", "text/event-stream"));
        await bad.Problem(400, "invalid_request");

        Operations.ClusterFault = new TimeoutException();
        using var away = await api.Send("GET", "/v1/admin/cluster", Token.OfOperator, headers: ("Accept", "text/event-stream"));
        await away.Problem(503, "storage_unavailable");
    }

    [Fact]
    public async Task One_operator_cannot_hold_streams_without_end()
    {
        await using var strict = await ApiUnderTest.Start(("SessionGrains:EventStreamsPerUser", "1"));
        using (var listener = await Listener.Watch(strict, "/v1/admin/cluster"))
        {
            using var second = await strict.Send("GET", "/v1/admin/cluster", Token.OfOperator, headers: ("Accept", "text/event-stream"));
            await second.Problem(429, "rate_limited");
        }
    }
}
