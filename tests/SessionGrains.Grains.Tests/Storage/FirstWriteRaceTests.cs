using Npgsql;
using SessionGrains.Testing;
using Xunit;

namespace SessionGrains.Grains.Tests.Storage;

/// <summary>Why the schema is ours: sixteen writers write the first state of the same four hundred keys.</summary>
public sealed class FirstWriteRaceTests(TestPostgres server)
{
    private const int Keys = 400, Writers = 16;

    [Fact]
    public async Task Our_first_write_leaves_one_row_for_each_key()
    {
        await using var database = await TestDatabase.Create("PostgreSql", server);

        var wins = await Race(
            database.Location, "SELECT newgrainstateversion FROM writetostorage(7, 0, 0, 7, 'workflow', @key, 'test', NULL, convert_to('{}', 'UTF8'))");

        Assert.Equal(Keys, wins);
        Assert.Equal(Keys, await database.Scalar<long>("SELECT count(*) FROM orleansstorage"));
    }

    [Fact]
    public async Task A_first_write_that_only_looks_before_it_inserts_leaves_more_rows_than_keys()
    {
        await using var database = await TestDatabase.Create("PostgreSql", server);
        await database.Execute(
            """
            CREATE TABLE looked_up (key text NOT NULL, version integer NOT NULL);
            CREATE INDEX looked_up_key ON looked_up (key);
            """);

        // The race is one of luck: it is run until it was lost, twenty times at most.
        var rows = 0L;
        for (var round = 0; round < 20 && rows <= Keys; round++)
        {
            await database.Execute("TRUNCATE looked_up");
            await Race(
                database.Location,
                "INSERT INTO looked_up SELECT @key, 1 WHERE NOT EXISTS (SELECT 1 FROM looked_up WHERE key = @key) RETURNING version");
            rows = await database.Scalar<long>("SELECT count(*) FROM looked_up");
        }

        Assert.True(rows > Keys, $"{rows} rows for {Keys} keys");
    }

    /// <summary>How many of the writes answered a version.</summary>
    private static async Task<int> Race(string connectionString, string write)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        using var start = new Barrier(Writers);
        var wins = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Factory.StartNew(
            () =>
            {
                using var connection = source.OpenConnection();
                using var command = new NpgsqlCommand(write, connection) { Parameters = { new("key", NpgsqlTypes.NpgsqlDbType.Text) } };
                command.Prepare();
                var won = 0;
                for (var key = 0; key < Keys; key++)
                {
                    command.Parameters[0].Value = $"wf_{key}";
                    start.SignalAndWait(TimeSpan.FromSeconds(30));
                    won += command.ExecuteScalar() is int ? 1 : 0;
                }

                return won;
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        return wins.Sum();
    }
}
