using System.Data.Common;
using SessionGrains.Grains.ToolCalls;

namespace SessionGrains.Grains.Storage;

/// <summary>A stored tool call of some workflow.</summary>
internal sealed record ToolCallRow(ToolCallId Call, ToolCallState State);

/// <summary>Finds the tool calls of a workflow without waking them, and erases them with it.</summary>
internal sealed class ToolCallRows(DbDataSource database)
{
    // Named, so that a test can ask the databases how they would search. A call's key begins with its workflow's id and a
    // slash, keys compare byte by byte, and 0 is what follows the slash: the unique key's index answers both.
    internal const string OfQuery = $"SELECT grainidextensionstring, payloadbinary FROM orleansstorage {OfWorkflow} ORDER BY coalesce(grainidextensionstring, '')";

    internal const string EraseQuery = $"DELETE FROM orleansstorage {OfWorkflow}";

    // The workflow of each call is asked for by itself: a join would rather read the states of all workflows, also of those that ended within a day.
    internal static readonly string EraseOrphansQuery =
        $"""
        DELETE FROM orleansstorage
        WHERE graintypestring = 'tool_call' AND coalesce((
            SELECT v.phase FROM workflow_view v
            WHERE v.id = substr(coalesce(orleansstorage.grainidextensionstring, ''), 1, {WorkflowId.Prefix.Length + WorkflowId.RandomLength}) LIMIT 1), 'ended') = 'ended'
        """;

    private const string OfWorkflow =
        """
        WHERE graintypestring = 'tool_call' AND coalesce(grainidextensionstring, '') > @from AND coalesce(grainidextensionstring, '') < @to
            AND payloadbinary IS NOT NULL
        """;

    private static readonly StateSerializer Serializer = new();

    /// <summary>The calls of a workflow that left a row, in the order of their ids.</summary>
    public Task<IReadOnlyList<ToolCallRow>> Of(string workflowId, CancellationToken cancellationToken) =>
        database.Query(OfQuery, Range(workflowId), Read, cancellationToken);

    /// <summary>Deletes calls that were written when their workflow was over already: by a silo that was frozen, or a store that was slow. Answers how many.</summary>
    public Task<int> EraseOrphans(CancellationToken cancellationToken) => database.Execute(EraseOrphansQuery, [], cancellationToken);

    /// <summary>What the two statements about one workflow's calls ask for.</summary>
    internal static (string Name, object? Value)[] Range(string workflowId) => [("from", $"{workflowId}/"), ("to", $"{workflowId}0")];

    internal static ToolCallRow Read(DbDataReader row) => new(
        ToolCallKey.Parse(row.GetString(0)).Call, Serializer.Deserialize<ToolCallState>(new(row.GetFieldValue<byte[]>(1))));
}
