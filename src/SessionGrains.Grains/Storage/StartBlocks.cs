using System.Data.Common;

namespace SessionGrains.Grains.Storage;

/// <summary>What operators do not let start for a while. Asked within each reservation, so that none slips past.</summary>
internal sealed class StartBlocks(DbDataSource database, StorageDialect dialect)
{
    /// <summary>Blocks starts until then; the later end counts. Once this returns, every start has either seen the block or holds its slot.</summary>
    public async Task Set(WorkflowMatch match, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var (kind, value) = Subject(match);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await dialect.WaitForStarts(connection, transaction, cancellationToken);
        await connection.Execute(
            transaction,
            """
            INSERT INTO start_block (kind, value, tenant, until) VALUES (@kind, @value, @tenant, @until)
            ON CONFLICT (kind, value, tenant) DO UPDATE SET until = excluded.until WHERE start_block.until < excluded.until
            """,
            [("kind", kind), ("value", value), ("tenant", TenantOf(match)), ("until", until.ToUnixTimeMilliseconds())],
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>What is blocked now, and until when.</summary>
    public Task<IReadOnlyList<(WorkflowMatch Match, DateTimeOffset Until)>> Find(DateTimeOffset now, CancellationToken cancellationToken) => database.Query(
        "SELECT kind, value, tenant, until FROM start_block WHERE until > @now ORDER BY kind, value, tenant",
        [("now", now.ToUnixTimeMilliseconds())],
        row => (Match(row.GetString(0), row.GetString(1), row.GetString(2)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3))),
        cancellationToken);

    /// <summary>Lets it start again; answers whether it was blocked.</summary>
    public async Task<bool> Lift(WorkflowMatch match, CancellationToken cancellationToken)
    {
        var (kind, value) = Subject(match);
        return await database.Execute(
            "DELETE FROM start_block WHERE kind = @kind AND value = @value AND tenant = @tenant",
            [("kind", kind), ("value", value), ("tenant", TenantOf(match))],
            cancellationToken) > 0;
    }

    /// <summary>Forgets what is over.</summary>
    public Task<int> Tidy(DateTimeOffset now, CancellationToken cancellationToken) =>
        database.Execute("DELETE FROM start_block WHERE until <= @now", [("now", now.ToUnixTimeMilliseconds())], cancellationToken);

    // A tenant narrows an owner; otherwise it is blocked itself or does not matter.
    private static string TenantOf(WorkflowMatch match) => match.Subject is null ? "" : match.Tenant ?? "";

    private static WorkflowMatch Match(string kind, string value, string tenant) => kind switch
    {
        "owner" => new(Subject: value, Tenant: tenant is "" ? null : tenant),
        "definition" => new(Definition: value),
        "tool" => new(Tool: value),
        _ => new(Tenant: value),
    };

    private static (string Kind, string Value) Subject(WorkflowMatch match) => match switch
    {
        { Subject: { } subject } => ("owner", subject),
        { Definition: { } definition } => ("definition", definition),
        { Tool: { } tool } => ("tool", tool),
        { Tenant: { } tenant } => ("tenant", tenant),
        _ => throw new ArgumentException("A block needs something that it blocks.", nameof(match)),
    };
}
