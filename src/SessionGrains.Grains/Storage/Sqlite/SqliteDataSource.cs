using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace SessionGrains.Grains.Storage.Sqlite;

/// <summary>Connections to one SQLite file that wait their turn to write and whose commits survive a power cut.</summary>
internal sealed class SqliteDataSource(FileInfo file) : DbDataSource
{
    public override string ConnectionString { get; } =
        new SqliteConnectionStringBuilder { DataSource = file.FullName, DefaultTimeout = 5 }.ConnectionString;

    protected override DbConnection CreateDbConnection() => new SqliteConnection(ConnectionString);

    protected override DbConnection OpenDbConnection()
    {
        var connection = new SqliteConnection(ConnectionString);
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            // Both belong to the connection, not to the file.
            command.CommandText = "PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL;";
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    protected override ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(OpenDbConnection());
    }

    protected override void Dispose(bool disposing)
    {
        // Pooled connections would keep the file open after the host is gone.
        using var connection = new SqliteConnection(ConnectionString);
        SqliteConnection.ClearPool(connection);
        base.Dispose(disposing);
    }
}
