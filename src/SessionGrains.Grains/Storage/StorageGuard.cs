using System.Data.Common;

namespace SessionGrains.Grains.Storage;

/// <summary>
/// Refuses to start on a database that would let two first writes of one grain, two workflows with one call, or a tool call after its workflow's end
/// succeed, or that would not find what is due.
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
                $"The database lacks the {string.Join(" and the ", missing)} on orleansstorage, so two silos could both write the same state, a tool "
                + "could be asked twice, or what is due would not be found; restore it from the migrations before starting again.");
        }
    }
}
