using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>What a workflow costs the database, counted as transactions that wrote.</summary>
public sealed class DurableWriteTests(TestPostgres postgres)
{
    private const int Workflows = 40;

    [Fact]
    public async Task A_start_writes_three_times_a_connect_twice_and_an_end_four_times()
    {
        var database = await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        await using var product = await RunningProduct.Cluster(database, silos: 1);
        using var browser = product.Browser("ada");
        // The first of each kind also stores its definition's text.
        await browser.End(await browser.MustStart("brokered"));

        var started = new List<JsonNode>();
        var starts = await WritesOf(database, async () => started.Add(await browser.MustStart("brokered")));
        var connects = await WritesOf(database, () => browser.Connect(Take(started)));
        var ends = await WritesOf(database, () => browser.End(Take(started)));

        TestContext.Current.SendDiagnosticMessage("durable writes: start {0:0.00}, connect {1:0.00}, end {2:0.00}", starts, connects, ends);
        // One more in each of forty would be 1.0 more. The server's own housekeeping, or a checkpoint of one workflow, may fall into a measurement.
        // The last of the reminders, which nobody waits for long, may be written, or removed, a moment after it.
        Assert.InRange(starts, 2.9, 3.3);
        Assert.InRange(connects, 2, 2.3);
        Assert.InRange(ends, 3.9, 4.3);
    }

    [Fact]
    public async Task A_tool_call_writes_twice_where_it_may_have_an_effect_and_never_where_it_only_reads()
    {
        var database = await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        await using var backend = await ToolBackend.StartAsync();
        await using var product = await RunningProduct.Cluster(
            database,
            define =>
            {
                foreach (var (tool, effect) in new[] { ("read_it", "read"), ("keyed_it", "keyed"), ("unkeyed_it", "unkeyed") })
                {
                    define.AddTool(tool, backend.Declare(tool, effect));
                }

                define.Add("tools-direct", "client_secret", """{"max_tool_calls":10000,"max_duration_seconds":600}""", tools: """["read_it","keyed_it","unkeyed_it"]""");
            },
            silos: 1,
            new KeyValuePair<string, string>(ToolBackend.SecretVariable, ToolBackend.Secret));
        using var browser = product.Browser("ada");
        var started = await browser.MustStart("tools-direct");
        Assert.Equal(HttpStatusCode.OK, (await browser.Report(started, await PretendOpenAI.Call(started))).Status);
        var call = 0;
        await Relay("read_it");
        await Relay("keyed_it");

        var (read, readTime) = await Measured("read_it");
        var (keyed, keyedTime) = await Measured("keyed_it");
        var (unkeyed, unkeyedTime) = await Measured("unkeyed_it");

        TestContext.Current.SendDiagnosticMessage(
            "durable writes per tool call: read {0:0.00}, keyed {1:0.00}, unkeyed {2:0.00}; median of the whole request: {3:0.0}, {4:0.0}, {5:0.0} ms, so reserve and settle take {6:0.0} ms",
            read, keyed, unkeyed, readTime, keyedTime, unkeyedTime, unkeyedTime - readTime);
        // A checkpoint of the workflow's own, at most one in a second, may fall into a measurement.
        Assert.InRange(read, 0, 0.3);
        Assert.InRange(keyed, 2, 2.3);
        Assert.InRange(unkeyed, 2, 2.3);

        async Task<(double Writes, double Milliseconds)> Measured(string tool)
        {
            var times = new List<double>();
            var writes = await WritesOf(database, async () =>
            {
                var asked = TimeProvider.System.GetTimestamp();
                await Relay(tool);
                times.Add(TimeProvider.System.GetElapsedTime(asked).TotalMilliseconds);
            });
            return (writes, times.Order().ElementAt(times.Count / 2));
        }

        async Task Relay(string tool)
        {
            var answer = await browser.Send(
                HttpMethod.Post, $"/v1/workflows/{started["id"]}/tool_calls", $$"""{"call_id":"call_{{++call}}","name":"{{tool}}","arguments":"{\"n\":{{call}}}"}""");
            Assert.Equal((HttpStatusCode.OK, "completed"), (answer.Status, (string?)answer.Json["status"]));
        }
    }

    private static JsonNode Take(List<JsonNode> queue)
    {
        var first = queue[0];
        queue.RemoveAt(0);
        queue.Add(first);
        return first;
    }

    /// <summary>Writes per workflow: transactions that got an id, less those of the silo's own sign of life.</summary>
    private static async Task<double> WritesOf(string database, Func<Task> act)
    {
        await using var connection = new NpgsqlConnection($"{database};Pooling=false");
        await connection.OpenAsync();
        var before = await Now(connection);
        for (var workflow = 0; workflow < Workflows; workflow++)
        {
            await act();
        }

        var after = await Now(connection);
        // The question itself takes one id.
        return (after.Transactions - before.Transactions - 1 - (after.Alive - before.Alive)) / (double)Workflows;
    }

    private static async Task<(long Transactions, long Alive)> Now(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT coalesce(sum(calls), 0)::bigint, pg_current_xact_id()::text::bigint FROM pg_stat_statements
            WHERE query ILIKE 'UPDATE orleansmembershiptable SET iamalivetime%' AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
            """,
            connection);
        await using (var extension = new NpgsqlCommand("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", connection))
        {
            await extension.ExecuteNonQueryAsync();
        }

        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return (row.GetInt64(1), row.GetInt64(0));
    }
}
