using Npgsql;

namespace SessionGrains.Bench.Minimal;

/// <summary>SQL with its values, in the order of their numbers.</summary>
internal static class Statements
{
    extension(NpgsqlDataSource database)
    {
        public NpgsqlCommand Command(string sql, params ReadOnlySpan<object> values)
        {
            var command = database.CreateCommand(sql);
            foreach (var value in values)
            {
                command.Parameters.Add(new() { Value = value });
            }

            return command;
        }

        /// <summary>Whether the statement changed its one row.</summary>
        public async Task<bool> Changes(string sql, params object[] values)
        {
            await using var command = database.Command(sql, values);
            return await command.ExecuteNonQueryAsync() is 1;
        }
    }

    extension(NpgsqlBatch batch)
    {
        public void Add(string sql, params ReadOnlySpan<object> values)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in values)
            {
                command.Parameters.Add(new() { Value = value });
            }

            batch.BatchCommands.Add(command);
        }
    }
}
