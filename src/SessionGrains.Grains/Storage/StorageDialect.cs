using System.Data.Common;

namespace SessionGrains.Grains.Storage;

/// <summary>What differs between the two databases; everything else is one code path.</summary>
internal abstract class StorageDialect
{
    /// <summary>What writes to the grain storage table rely on, by kind and name.</summary>
    public virtual IReadOnlyList<string> Safeguards { get; } = ["unique index orleansstorage_key", $"unique index {StorageFaults.CallIndex}", "trigger no_call_after_the_end"];

    /// <summary>Answers in one column, by kind and name, every unique, complete and valid index of the grain storage table, and every trigger that is at work on it.</summary>
    public abstract string PresentSafeguards { get; }

    /// <summary>Adds the events in the JSON array @events to the audit trail of @workflow_id, leaving those that are there; none where a trail stands whose head is not @hash.</summary>
    public abstract string AddAuditEvents { get; }

    /// <summary>Adds the webhooks in the JSON array @rows for @workflow_id in their order, due @now or after those before them; none that is there, and none behind the end.</summary>
    public abstract string AddWebhooks { get; }

    /// <summary>What a query ends with whose rows nobody else may take meanwhile; taken ones are left out.</summary>
    public abstract string SkipTaken { get; }

    /// <summary>What a query ends with whose rows nobody else may change before its transaction is over.</summary>
    public abstract string HoldRows { get; }

    /// <summary>Brings the schema up to date; harmless when it is, and when several processes do it at once.</summary>
    public abstract Task Migrate(CancellationToken cancellationToken);

    /// <summary>Waits until every reservation that began before has committed; those that begin later see what this transaction commits.</summary>
    public abstract Task WaitForStarts(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken);

    /// <summary>Deletes what ended before the given unix milliseconds: reports, audit trails and settled webhooks, all or a piece of each; answers how many of one kind at the most.</summary>
    public abstract Task<int> Prune(DbConnection connection, DbTransaction transaction, long before, CancellationToken cancellationToken);

    /// <summary>Takes a slot or says why not, in one transaction that no concurrent reservation can overlap.</summary>
    public abstract Task<Reservation> Reserve(DbDataSource database, SlotRequest request, CancellationToken cancellationToken);
}
