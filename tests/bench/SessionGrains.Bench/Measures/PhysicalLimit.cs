using Npgsql;
using NpgsqlTypes;
using SessionGrains.Bench.Checks;
using SessionGrains.Bench.Loads;

namespace SessionGrains.Bench.Measures;

/// <summary>What this machine's PostgreSQL can do at most with one row per transaction, all of it synced: nobody above it can write more often.</summary>
internal sealed record PhysicalLimit(Step Inserts, Step Updates)
{
    private const int RowBytes = 1024;

    public static async Task<PhysicalLimit> Measure(DatabaseServer server, Cores cores, Plan plan)
    {
        var settings = new NpgsqlConnectionStringBuilder(await server.CreateDatabase()) { MaxPoolSize = 250, MaxAutoPrepare = 10, AutoPrepareMinUsages = 1, NoResetOnClose = true };
        await using var database = NpgsqlDataSource.Create(settings);
        await using (var create = database.CreateCommand("CREATE TABLE one_row (id integer PRIMARY KEY, state bytea NOT NULL)"))
        {
            await create.ExecuteNonQueryAsync();
        }

        await server.Checkpoint();
        var (row, inserted) = (new byte[RowBytes], 0);
        // Zeros would be squeezed to nothing.
        Random.Shared.NextBytes(row);
        var inserts = await Climb(async n =>
        {
            await Write("INSERT INTO one_row (id, state) VALUES ($1, $2)", n);
            Interlocked.Increment(ref inserted);
        });
        var updates = await Climb(n => Write("UPDATE one_row SET state = $2 WHERE id = $1", 1 + (n % inserted)));
        return new(inserts, updates);

        async Task<Step> Climb(Work work)
        {
            var loop = new ClosedLoop(work, cores);
            var steps = await loop.Climb(plan.FirstCallers, plan.LimitStep);
            return loop.Failed is 0 ? Knee.Of(steps) : throw new CheckFailedException([$"{loop.Failed} rows were not written, the first because of: {loop.FirstFault}"]);
        }

        async Task Write(string sql, int id)
        {
            await using var command = database.CreateCommand(sql);
            command.Parameters.Add(new() { Value = id });
            command.Parameters.Add(new() { Value = row, NpgsqlDbType = NpgsqlDbType.Bytea });
            if (await command.ExecuteNonQueryAsync() is not 1)
            {
                throw new WrongAnswerException($"{sql} found nothing for {id}");
            }
        }
    }
}
