using System.Text.Json.Nodes;
using Npgsql;
using SessionGrains.Product.Tests.Hosts;
using SessionGrains.Testing;
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
        Assert.Equal((3.0, 2.0, 4.0), (starts, connects, ends));
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
