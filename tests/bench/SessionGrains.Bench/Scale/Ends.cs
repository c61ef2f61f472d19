using Npgsql;
using SessionGrains.Bench.Systems;

namespace SessionGrains.Bench.Scale;

/// <summary>What the database says of the ends of workflows.</summary>
/// <param name="Times">When the end of each was written.</param>
/// <param name="Otherwise">How many ended for another reason than that their time was over.</param>
internal sealed record Ends(IReadOnlyDictionary<string, DateTimeOffset> Times, long Otherwise)
{
    public static async Task<Ends> Of(World world)
    {
        var times = new Dictionary<string, DateTimeOffset>();
        await using var connection = new NpgsqlConnection($"{world.Database};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT id, modified FROM workflow_view WHERE phase = 'ended'", connection);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            times[rows.GetString(0)] = DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(1));
        }

        return new(times, await world.Ask("SELECT count(*) FROM final_report WHERE end_reason <> 'max_duration'"));
    }

    /// <param name="others">How many were ended by somebody.</param>
    public string? Problem(long others) => Otherwise == others ? null : $"{Otherwise - others} ended for another reason than that their time was over";
}
