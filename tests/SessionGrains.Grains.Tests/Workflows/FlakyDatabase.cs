using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>A database that can be away: every connection that is asked for meanwhile fails as an unreachable file does.</summary>
internal sealed class FlakyDatabase(DbDataSource real) : DbDataSource
{
    private const int CannotOpen = 14;

    private volatile bool _isDown;

    public bool IsDown
    {
        get => _isDown;
        set => _isDown = value;
    }

    public override string ConnectionString => real.ConnectionString;

    public static SqliteException Away() => new("The test took the database away.", CannotOpen);

    protected override DbConnection CreateDbConnection() => real.CreateConnection();

    protected override DbConnection OpenDbConnection() => IsDown ? throw Away() : real.OpenConnection();

    protected override ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default) =>
        IsDown ? throw Away() : real.OpenConnectionAsync(cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            real.Dispose();
        }

        base.Dispose(disposing);
    }
}
