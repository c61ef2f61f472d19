using System.Net.Sockets;
using Npgsql;
using Orleans.Storage;

namespace SessionGrains.Api.Tests;

/// <summary>What breaks behind the API, and what a client learns of it.</summary>
public sealed class FaultTests : IClassFixture<ApiUnderTest>
{
    private const string Inside = "canary-from-inside-an-exception";

    private readonly ApiUnderTest api;

    public FaultTests(ApiUnderTest api)
    {
        this.api = api;
        api.Grains.Reset();
    }

    public static TheoryData<string> Passing => new(Temporary.Keys);

    private static Dictionary<string, Exception> Temporary { get; } = new()
    {
        ["PostgreSQL is away"] = new NpgsqlException(Inside, new SocketException()),
        ["PostgreSQL refuses"] = new PostgresException(Inside, "FATAL", "FATAL", "57P01"),
        ["a storage fault inside another"] = new InvalidOperationException(Inside, new NpgsqlException(Inside)),
        ["a grain call that took too long"] = new TimeoutException(Inside),
        ["a grain whose storage had moved on"] = new InconsistentStateException(Inside),
        ["a silo that went away"] = new SiloUnavailableException(Inside),
        ["a question that the cluster could not place in time"] = new OperationCanceledException(Inside),
        ["a grain that a silo declared dead tried to hold"] = new OrleansException(Inside),
        ["no gateway"] = new Orleans.Runtime.Messaging.ConnectionFailedException(Inside),
        ["a busy gateway"] = new GatewayTooBusyException(Inside),
        ["a storage fault whose type only the silo knows"] = new SqliteException(Inside),
    };

    [Theory, MemberData(nameof(Passing))]
    public async Task What_passes_by_itself_is_503_with_Retry_After_and_never_asked_twice_because_it_may_have_been_done(string name)
    {
        api.Grains.Faults.Enqueue(Temporary[name]);

        using var response = await Start();

        var problem = await response.Problem(503, "storage_unavailable");
        Assert.DoesNotContain(Inside, problem.GetRawText(), StringComparison.Ordinal);
        Assert.Single(api.Grains.Calls);
    }

    [Fact]
    public async Task Anything_else_is_500_that_tells_nothing_but_a_trace_id_which_the_log_knows()
    {
        api.Grains.Faults.Enqueue(new InvalidOperationException(Inside));

        using var response = await Start();

        var problem = await response.Problem(500, "internal_error");
        Assert.DoesNotContain(Inside, problem.GetRawText(), StringComparison.Ordinal);
        var trace = problem.GetProperty("trace_id").GetString()!;
        Assert.Contains(api.Log, line => line.Contains($"Request broke, trace {trace}", StringComparison.Ordinal));
    }

    private Task<HttpResponseMessage> Start() => api.Send("POST", "/v1/workflows", Token.OfAda, """{"definition":"voice-intake"}""");

    /// <summary>Has the name of a type that the API does not load.</summary>
    private sealed class SqliteException(string message) : Exception(message);
}
