
namespace SessionGrains.Api.Tests;

/// <summary>The API as a client of a real silo.</summary>
public sealed class ClusterTests
{
    [Fact]
    public async Task A_start_crosses_to_the_silo_and_back()
    {
        await using var cluster = new LoopbackCluster();
        await cluster.Start();
        await using var api = await Join(cluster);
        var claims = Token.Claims();
        claims["department"] = new[] { "intake", "sales" };

        using var response = await api.Send("POST", "/v1/workflows", Token.Of(claims), """{"definition":"echo","inputs":{"a":1}}""");

        var told = (await response.Json()).GetProperty("metadata");
        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal(Token.Ada.ToString(), told.GetProperty("user").GetString());
        Assert.Equal("intake,sales", told.GetProperty("departments").GetString());
        Assert.Equal("""{"a":1}""", told.GetProperty("inputs").GetString());
    }

    [Fact]
    public async Task A_refusal_crosses_with_its_faults_and_a_fault_is_known_for_what_it_is()
    {
        await using var cluster = new LoopbackCluster();
        await cluster.Start();
        await using var api = await Join(cluster);

        using var forbidden = await Start(api, "forbidden");
        Assert.Equal(["allow.scopes"], (await forbidden.Problem(403, "forbidden")).Places());

        foreach (var storage in new[] { "storage", "postgres", "state", "unknown" })
        {
            using var response = await Start(api, storage);
            Assert.DoesNotContain("canary", (await response.Problem(503, "storage_unavailable")).GetRawText(), StringComparison.Ordinal);
        }

        using var bug = await Start(api, "bug");
        Assert.DoesNotContain("canary", (await bug.Problem(500, "internal_error")).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_kind_of_event_crosses_and_who_leaves_is_waited_for_no_longer_there()
    {
        await using var cluster = new LoopbackCluster();
        await cluster.Start();
        await using var api = await Join(cluster);
        var id = WorkflowId.New();
        var names = new List<string>();

        using (var listener = await Listener.Open(api, id))
        {
            while (names.Count < 7)
            {
                names.Add((await listener.Event()).Name);
            }
        }

        Assert.Equal(
            ["workflow.updated", "tool_call.updated", "approval.requested", "usage.updated", "transcript.delta", "transcript.done", "workflow.expiring"],
            names);
        await EchoWorkflowGrain.Left(id).Soon();
    }

    [Fact]
    public async Task A_tool_call_crosses_to_the_silo_and_back()
    {
        await using var cluster = new LoopbackCluster();
        await cluster.Start();
        await using var api = await Join(cluster);
        var calls = $"/v1/workflows/{WorkflowId.New()}/tool_calls";

        using var relayed = await api.Send("POST", calls, Token.OfAda, """{"call_id":"call_7","name":"echo","arguments":{"a":1}}""");
        using var viewed = await api.Send("GET", $"{calls}/call_7", Token.OfAda);
        using var decided = await api.Send("POST", $"{calls}/call_7/approval", Token.OfAda, """{"decision":"approve","arguments_hash":"sha256:h"}""");

        var told = await relayed.Json();
        Assert.Equal((202, "true"), ((int)relayed.StatusCode, relayed.Headers.GetValues("Idempotent-Replayed").Single()));
        Assert.Equal(("call_7", "echo", "{\"a\":1}", "sideband", "2026-11-24T12:00:00Z", "operator"), (
            told.GetProperty("call_id").GetString(), told.GetProperty("name").GetString(), told.GetProperty("output").GetString(),
            told.GetProperty("source").GetString(), told.GetProperty("approve_by").GetString(), told.GetProperty("approver").GetString()));
        Assert.Equal("ada", (await viewed.Json()).GetProperty("name").GetString());
        Assert.Equal("ada False True sha256:h", (await decided.Json()).GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_host_that_starts_before_any_silo_lives_is_not_ready_and_becomes_so_by_itself()
    {
        await using var cluster = new LoopbackCluster();
        await using var api = ApiUnderTest.Unstarted(ApiUnderTest.OfCluster(cluster));
        var starting = api.StartAsync();
        await api.Listening;

        using var live = await api.Send("GET", "/livez");
        using var unready = await api.Send("GET", "/readyz");
        using var start = await Start(api, "echo");
        Assert.Equal(200, (int)live.StatusCode);
        await unready.Problem(503, "storage_unavailable");
        await start.Problem(503, "storage_unavailable");
        Assert.False(starting.IsCompleted);

        await cluster.Start();
        while (!starting.IsCompleted)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            api.Clock.Advance(TimeSpan.FromSeconds(10));
            await Task.WhenAny(starting, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        await starting;
        using var ready = await api.Send("GET", "/readyz");
        Assert.Equal(200, (int)ready.StatusCode);
    }

    private static Task<ApiUnderTest> Join(LoopbackCluster cluster) => ApiUnderTest.Start(ApiUnderTest.OfCluster(cluster));

    private static Task<HttpResponseMessage> Start(ApiUnderTest api, string definition) =>
        api.Send("POST", "/v1/workflows", Token.OfAda, $$"""{"definition":"{{definition}}"}""");
}
