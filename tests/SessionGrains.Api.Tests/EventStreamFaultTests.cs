using Npgsql;

namespace SessionGrains.Api.Tests;

/// <summary>What a stream does while the cluster does not answer, and how many streams one user may hold.</summary>
public sealed class EventStreamFaultTests : IAsyncLifetime
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ApiUnderTest api = ApiUnderTest.Unstarted(_ => { }, ("SessionGrains:EventStreamsPerUser", "2"));
    private WorkflowId id;

    public static TheoryData<string> Passing => new(Temporary.Keys);

    private static Dictionary<string, object> Temporary { get; } = new()
    {
        ["a grain call that took too long"] = new TimeoutException(),
        ["a silo that went away"] = new SiloUnavailableException(),
        ["a question that a stopping silo gave up"] = new TaskCanceledException(),
        ["storage that is away"] = new NpgsqlException(),
        ["storage that is away, as the grain says it"] = new Refusal(RefusalCode.StorageUnavailable, "Away."),
        ["a silo that drains"] = new Refusal(RefusalCode.Draining, "Another one takes over."),
    };

    private FakeEvents Told => api.Grains.Workflow(id).Told;

    public async ValueTask InitializeAsync()
    {
        await api.StartAsync();
        id = api.Grains.Add(Token.Ada);
    }

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Theory, MemberData(nameof(Passing))]
    public async Task What_passes_by_itself_is_waited_for_and_the_stream_goes_on_where_it_was(string name)
    {
        using var listener = await Listener.Opened(api, id);
        await FailOnce(listener, Temporary[name]);

        await api.Clock.Waits(RetryAfter);
        api.Clock.Advance(RetryAfter);
        Told.Tell(Done(3072));

        Assert.Equal(3072, (await listener.Event()).Id);
        Assert.Equal(2, Told.Asked.Count(asked => asked is { After: 2048, Opens: false }));
    }

    [Fact]
    public async Task After_half_a_minute_without_an_answer_the_stream_closes_and_until_then_it_gives_signs_of_life()
    {
        using var listener = await Listener.Opened(api, id);
        for (var i = 0; i < 100; i++)
        {
            api.Grains.Refusals.Enqueue(new(RefusalCode.StorageUnavailable, "Away."));
        }

        Told.AnswerNothing();
        for (var times = 1; times <= 30; times++)
        {
            await api.Clock.Waits(RetryAfter, times);
            api.Clock.Advance(RetryAfter);
        }

        var signs = await listener.Rest();
        Assert.NotEmpty(signs);
        Assert.All(signs, block => Assert.Equal(": ", block));
        Assert.Contains(api.Log, line => line.Contains("Stream closed because the cluster did not answer for too long", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(RefusalCode.NotFound)]
    [InlineData(RefusalCode.WorkflowEnded)]
    public async Task Another_refusal_in_mid_stream_closes_it(RefusalCode code)
    {
        using var listener = await Listener.Opened(api, id);
        await FailOnce(listener, new Refusal(code, "No."));

        Assert.Empty(await listener.Rest());
    }

    [Fact]
    public async Task A_fault_of_ours_breaks_the_connection_so_that_nobody_takes_it_for_an_end()
    {
        using var listener = await Listener.Opened(api, id);
        await FailOnce(listener, new InvalidOperationException());

        await Assert.ThrowsAnyAsync<IOException>(listener.Rest);
    }

    [Fact]
    public async Task One_user_has_so_many_streams_at_once_and_another_user_as_many()
    {
        var hers = api.Grains.Add(Token.Stranger);
        using var first = await Listener.Opened(api, id);
        using var second = await Listener.Opened(api, api.Grains.Add(Token.Ada));

        using var third = await api.Open($"/v1/workflows/{id}/events", Token.OfAda);
        using var other = await Listener.Opened(api, hers, Token.OfStranger);

        await third.Problem(429, "rate_limited");
        Assert.Equal("10", third.Headers.GetValues("Retry-After").Single());
    }

    [Fact]
    public async Task A_place_is_free_again_when_its_stream_has_closed_or_never_opened()
    {
        for (var i = 0; i < 3; i++)
        {
            using var refused = await api.Open($"/v1/workflows/{WorkflowId.New()}/events", Token.OfAda);
            await refused.Problem(404, "not_found");
            api.Grains.Faults.Enqueue(new TimeoutException());
            using var broken = await api.Open($"/v1/workflows/{id}/events", Token.OfAda);
            await broken.Problem(503, "storage_unavailable");
        }

        Told.Opening = [new WorkflowEvent.Ended(Picture.Of(id)) { Id = 1 }];
        for (var i = 0; i < 3; i++)
        {
            using var listener = await Listener.Open(api, id);
            Assert.Single(await listener.Rest());
        }
    }

    /// <summary>Makes the question after the next event fail, however early or late it is asked.</summary>
    private async Task FailOnce(Listener listener, object failure)
    {
        while (!Told.Asked.Any(asked => !asked.Opens))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        if (failure is Refusal refusal)
        {
            api.Grains.Refusals.Enqueue(refusal);
        }
        else
        {
            api.Grains.Faults.Enqueue((Exception)failure);
        }

        Told.Tell(Done(2048));
        Assert.Equal(2048, (await listener.Event()).Id);
    }

    private static WorkflowEvent.TranscriptDone Done(long place) => new("assistant", "item_1", "Hello.") { Id = place };
}
