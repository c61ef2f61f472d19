using System.Data.Common;

namespace SessionGrains.Grains.Storage;

/// <summary>
/// Refuses to start on a database that would let two first writes of one grain, or two workflows with one call, both succeed, or that would not
/// find what is due.
/// </summary>
internal sealed class StorageGuard(DbDataSource database, StorageDialect dialect)
{
    public async Task Check(CancellationToken cancellationToken)
    {
        var present = await database.Query(dialect.PresentSafeguards, [], row => row.GetString(0), cancellationToken);
        var missing = dialect.Safeguards.Except(present).ToArray();
        if (missing.Length > 0)
        {
            throw new InvalidOperationException(
                $"The database lacks the {string.Join(" and the ", missing)} on orleansstorage, so two silos could both write the same state, or what is "
                + "due would not be found; restore it from the migrations before starting again.");
        }
    }
}
