using System.Data.Common;

namespace SessionGrains.Grains.Storage;

/// <summary>Refuses to start on a database that would let two first writes of one grain, or two workflows with one call, both succeed.</summary>
internal sealed class StorageGuard(DbDataSource database, StorageDialect dialect)
{
    private static readonly string[] Required = ["orleansstorage_key", StorageFaults.CallIndex];

    public async Task Check(CancellationToken cancellationToken)
    {
        var present = await database.Query(dialect.UniqueStorageIndexes, [], row => row.GetString(0), cancellationToken);
        var missing = Required.Except(present).ToArray();
        if (missing.Length > 0)
        {
            throw new InvalidOperationException(
                $"The database lacks the unique index {string.Join(" and ", missing)} on orleansstorage, so two silos could both write the same state; "
                + "restore it from the migrations before starting again.");
        }
    }
}
