using Microsoft.Data.Sqlite;
using Npgsql;

namespace SessionGrains.Grains.Storage;

/// <summary>Tells storage exceptions apart, through whatever Orleans wrapped around them.</summary>
internal static class StorageFaults
{
    public const string CallIndex = "workflow_call_id";

    private const int SqliteUniqueViolation = 2067;

    /// <summary>Another workflow holds the call id that this write would have saved.</summary>
    public static bool IsCallTaken(Exception exception) => Chain(exception).Any(fault => fault switch
    {
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: CallIndex } => true,
        // SQLite names the column of an index, not the index.
        SqliteException { SqliteExtendedErrorCode: SqliteUniqueViolation } violation =>
            violation.Message.Contains("orleansstorage.call_id", StringComparison.Ordinal),
        _ => false,
    });

    /// <summary>The database could not be reached, did not answer in time, or takes nothing from us; whether a write was committed is not known.</summary>
    public static bool IsUnavailable(Exception exception) => Chain(exception).Any(fault => fault switch
    {
        PostgresException postgres => IsUnavailable(postgres.SqlState),
        // Without an answer from the server: refused, broken, timed out, or the pool is exhausted.
        NpgsqlException => true,
        SqliteException sqlite => sqlite.SqliteErrorCode is
            5 /* busy */ or 6 /* locked */ or 8 /* read only */ or 10 /* input or output */ or 13 /* full */ or 14 /* cannot open */,
        _ => false,
    });

    // 08 connection, 28 a role that is not let in (as while a password is changed), 53 resources, 57 operator intervention (shutdown, cancelled by timeout),
    // 58 system error, 25006 a server that takes no writes: a standby, or one whose disk is full.
    private static bool IsUnavailable(string sqlState) => sqlState is PostgresErrorCodes.ReadOnlySqlTransaction || sqlState[..2] is "08" or "28" or "53" or "57" or "58";

    private static IEnumerable<Exception> Chain(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is AggregateException several)
            {
                foreach (var inner in several.InnerExceptions.SelectMany(Chain))
                {
                    yield return inner;
                }

                yield break;
            }

            yield return exception;
        }
    }
}
