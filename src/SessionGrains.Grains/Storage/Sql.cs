using System.Data;
using System.Data.Common;

namespace SessionGrains.Grains.Storage;

/// <summary>The few words that ADO.NET lacks for running a statement with named values.</summary>
internal static class Sql
{
    extension(DbDataSource database)
    {
        /// <summary>Runs one statement on a connection of its own and answers how many rows it changed.</summary>
        public async Task<int> Execute(string sql, (string Name, object? Value)[] values, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            return await connection.Execute(null, sql, values, cancellationToken);
        }

        /// <summary>Runs one query on a connection of its own and reads all of its rows.</summary>
        public async Task<IReadOnlyList<T>> Query<T>(
            string sql, (string Name, object? Value)[] values, Func<DbDataReader, T> row, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            return await connection.Query(null, sql, values, row, cancellationToken);
        }
    }

    extension(DbConnection connection)
    {
        /// <summary>Runs one statement and answers how many rows it changed.</summary>
        public async Task<int> Execute(
            DbTransaction? transaction, string sql, (string Name, object? Value)[] values, CancellationToken cancellationToken)
        {
            await using var command = connection.Command(transaction, sql, values);
            return await command.ExecuteNonQueryAsync(cancellationToken);
        }

        /// <summary>Runs one query and reads all of its rows.</summary>
        public async Task<IReadOnlyList<T>> Query<T>(
            DbTransaction? transaction, string sql, (string Name, object? Value)[] values, Func<DbDataReader, T> row,
            CancellationToken cancellationToken) =>
            (await connection.ExecuteAndQuery(transaction, sql, values, row, cancellationToken)).Rows;

        /// <summary>Runs one statement and a query after it, on one way to the database and back; answers how many rows it changed, and those that it read.</summary>
        public async Task<(int Changed, IReadOnlyList<T> Rows)> ExecuteAndQuery<T>(
            DbTransaction? transaction, string sql, (string Name, object? Value)[] values, Func<DbDataReader, T> row,
            CancellationToken cancellationToken)
        {
            await using var command = connection.Command(transaction, sql, values);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(row(reader));
            }

            await reader.CloseAsync();
            return (reader.RecordsAffected, rows);
        }

        private DbCommand Command(DbTransaction? transaction, string sql, (string Name, object? Value)[] values)
        {
            var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = sql;
            foreach (var (name, value) in values)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = name;
                if (value is null)
                {
                    // A NULL without a type would be prepared as another statement than the same one with a text.
                    parameter.DbType = DbType.String;
                }

                parameter.Value = value ?? DBNull.Value;
                command.Parameters.Add(parameter);
            }

            return command;
        }
    }
}
