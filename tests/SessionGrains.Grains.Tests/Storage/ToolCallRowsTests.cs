using Orleans.Storage;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Storage.Sqlite;
using SessionGrains.Grains.Tests.ToolCalls;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Testing;
using SessionGrains.Tools.Running;
using Xunit;
using static SessionGrains.Grains.Tests.Storage.TestDatabase;

namespace SessionGrains.Grains.Tests.Storage;

/// <summary>The rows of a workflow's tool calls, as Orleans stores them.</summary>
public sealed class ToolCallRowsTests(TestPostgres server)
{
    private const string Workflow = "wf_abcdefghijklmnopqrstuvwxyz";
    private const string Neighbour = "wf_abcdefghijklmnopqrstuvwxy2";
    private const string After = "wf_abcdefghijklmnopqrstuvwxza";

    private static readonly FinalReport Report = new(
        Workflow, "user/ada", "tenant/acme", "voice-intake", "user_ended", Noon, Noon.AddMinutes(5), "{}", [new(0, Noon, "started", ""), new(1, Noon.AddMinutes(5), "ended", "")]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_workflows_calls_are_its_own(string kind)
    {
        await using var database = await Create(kind, server);
        await using var silo = await TestSilo.Start(database);
        var rows = new ToolCallRows(database.Source);
        var stored = ACall.Ended(new ToolResult.Completed("naïve ✓ \0", false));
        await silo.Write("tool_call", $"{Workflow}/call_2", stored);
        await silo.Write("tool_call", $"{Workflow}/call.1", ACall.Begun());
        await silo.Write("tool_call", $"{Neighbour}/call_1", ACall.Begun());
        await silo.Write("tool_call", $"{After}/call_1", ACall.Begun());
        await silo.Write("workflow", Workflow, new StoredWorkflow(StoredPhase.Active));

        Assert.Equal([new(ToolCallId.Parse("call.1"), ACall.Begun()), new(ToolCallId.Parse("call_2"), stored)], await rows.Of(Workflow, Cancellation));

        await using var connection = await database.Source.OpenConnectionAsync(Cancellation);
        Assert.Equal(2, await connection.Execute(null, ToolCallRows.EraseQuery, ToolCallRows.Range(Workflow), Cancellation));
        Assert.Empty(await rows.Of(Workflow, Cancellation));
        Assert.Single(await rows.Of(Neighbour, Cancellation));
        Assert.Equal(3, await database.Scalar<long>("SELECT count(*) FROM orleansstorage"));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Among_twenty_thousand_calls_those_of_a_workflow_are_found_by_index(string kind)
    {
        await using var database = await Create(kind, server);
        await database.Execute(database.Dialect is SqliteDialect
            ? """
              WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000)
              INSERT INTO orleansstorage (grainidhash, grainidn0, grainidn1, graintypehash, graintypestring, grainidextensionstring, serviceid, payloadbinary, modifiedon, version)
              SELECT 0, 0, 0, 0, 'tool_call', 'wf_' || (n / 10) || '/call_' || n, 'test', CAST('{}' AS BLOB), 0, 1 FROM numbers;
              ANALYZE;
              """
            : """
              INSERT INTO orleansstorage (grainidhash, grainidn0, grainidn1, graintypehash, graintypestring, grainidextensionstring, serviceid, payloadbinary, version)
              SELECT n, 0, 0, 0, 'tool_call', 'wf_' || (n / 10) || '/call_' || n, 'test', convert_to('{}', 'UTF8'), 1 FROM generate_series(1, 20000) AS n;
              ANALYZE orleansstorage;
              """);

        foreach (var query in new[] { ToolCallRows.OfQuery, ToolCallRows.EraseQuery })
        {
            (string, object?)[] range = [("from", "wf_77/"), ("to", "wf_770")];
            var plan = await database.Plan(query, range);

            Assert.Contains("orleansstorage_key", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("SCAN orleansstorage", plan, StringComparison.Ordinal);
        }
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_delivered_report_takes_the_calls_with_it_and_what_has_no_outcome_is_filed_as_it_is(string kind)
    {
        await using var database = await Create(kind, server);
        await using var silo = await TestSilo.Start(database);
        await silo.Write("tool_call", $"{Workflow}/call_1", ACall.Ended(new ToolResult.Completed("words", false)));
        await silo.Write("tool_call", $"{Workflow}/call_2", ACall.Begun());
        await silo.Write("tool_call", $"{Workflow}/call_3", ACall.Begun(approval: Grains.Definitions.Approval.User));
        await silo.Write("tool_call", $"{Neighbour}/call_1", ACall.Begun());

        await database.History.Deliver(Report, Cancellation);
        await database.History.Deliver(Report, Cancellation);

        var events = (await database.History.Find(Workflow, Cancellation))!.Events;
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(e => e.Seq));
        Assert.Equal(
            ["call_1 issue_refund Completed", "call_2 issue_refund Unknown", "call_3 issue_refund Denied"],
            events.Where(e => e.Kind == "tool_call").Select(e => e.Detail));
        Assert.Equal(Noon.AddSeconds(1), events.First(e => e.Kind == "tool_call").At);
        Assert.Equal(2, events.Count(e => e.Kind == "tool_started"));
        Assert.DoesNotContain(events, e => e.Detail.Contains("words", StringComparison.Ordinal) || e.Detail.Contains("A-1", StringComparison.Ordinal));
        Assert.Equal(1, await database.Scalar<long>("SELECT count(*) FROM orleansstorage"));
    }

    [Fact]
    public async Task An_outcome_that_is_stored_in_the_moment_of_the_delivery_is_the_one_that_is_filed()
    {
        await using var database = await Create("PostgreSql", server);
        await using var silo = await TestSilo.Start(database);
        await silo.Write("tool_call", $"{Workflow}/call_1", ACall.Begun());
        await silo.Write("tool_call", $"{Neighbour}/call_1", ACall.Ended(new ToolResult.Completed("words", false)));
        await using var connection = await database.Source.OpenConnectionAsync(Cancellation);
        await using var outcome = await connection.BeginTransactionAsync(Cancellation);
        await connection.Execute(
            outcome,
            """
            UPDATE orleansstorage SET payloadbinary = (SELECT payloadbinary FROM orleansstorage WHERE grainidextensionstring = @ended)
            WHERE grainidextensionstring = @begun
            """,
            [("ended", $"{Neighbour}/call_1"), ("begun", $"{Workflow}/call_1")],
            Cancellation);

        var delivery = database.History.Deliver(Report, Cancellation);
        await Lab.Eventually(async () => await database.Scalar<long>("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()") is 1);
        await outcome.CommitAsync(Cancellation);
        await delivery;

        var events = (await database.History.Find(Workflow, Cancellation))!.Events;
        Assert.Equal("call_1 issue_refund Completed", Assert.Single(events, e => e.Kind == "tool_call").Detail);
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_delivery_that_cannot_be_completed_leaves_the_calls_where_they_are(string kind)
    {
        await using var database = await Create(kind, server);
        await using var silo = await TestSilo.Start(database);
        await silo.Write("tool_call", $"{Workflow}/call_1", ACall.Begun());

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(
            () => database.History.Deliver(Report with { Events = [new(0, Noon, null!, "")] }, Cancellation));

        Assert.Single(await new ToolCallRows(database.Source).Of(Workflow, Cancellation));
    }

    [Theory]
    [InlineData("PostgreSql", false)]
    [InlineData("PostgreSql", true)]
    [InlineData("Sqlite", false)]
    [InlineData("Sqlite", true)]
    public async Task In_a_workflow_that_is_over_no_call_begins_and_those_that_are_there_get_their_outcome(string kind, bool hasEnded)
    {
        await using var database = await Create(kind, server);
        await using var silo = await TestSilo.Start(database);
        var live = await silo.Write("workflow", Workflow, new StoredWorkflow(StoredPhase.Active));
        await silo.Write("workflow", Neighbour, new StoredWorkflow(StoredPhase.Active));
        var begun = await silo.Write("tool_call", $"{Workflow}/call_1", ACall.Begun());
        await silo.Write("workflow", Workflow, new StoredWorkflow(hasEnded ? StoredPhase.Ended : StoredPhase.Ending), live);

        await Assert.ThrowsAnyAsync<InconsistentStateException>(() => silo.Write("tool_call", $"{Workflow}/call_2", ACall.Begun()));

        await silo.Write("tool_call", $"{Workflow}/call_1", ACall.Ended(new ToolResult.Completed("words", false)), begun);
        await silo.Write("tool_call", $"{Neighbour}/call_2", ACall.Begun());
        Assert.Equal(ToolCallStage.Completed, Assert.Single(await new ToolCallRows(database.Source).Of(Workflow, Cancellation)).State.Stage);
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Calls_that_outlived_their_workflow_are_erased_and_those_of_live_ones_stay(string kind)
    {
        await using var database = await Create(kind, server);
        await using var silo = await TestSilo.Start(database);
        await silo.Write("workflow", Workflow, new StoredWorkflow(StoredPhase.Active));
        var live = await silo.Write("workflow", Neighbour, new StoredWorkflow(StoredPhase.Active));
        foreach (var workflow in new[] { Workflow, Neighbour, After })
        {
            await silo.Write("tool_call", $"{workflow}/call_1", ACall.Begun());
        }

        await silo.Write("workflow", Neighbour, new StoredWorkflow(StoredPhase.Ended), live);
        var rows = new ToolCallRows(database.Source);

        Assert.Equal(2, await rows.EraseOrphans(Cancellation));
        Assert.Single(await rows.Of(Workflow, Cancellation));
        Assert.Equal(3, await database.Scalar<long>("SELECT count(*) FROM orleansstorage"));
    }
}
