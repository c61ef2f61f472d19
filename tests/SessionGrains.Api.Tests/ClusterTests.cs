
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
