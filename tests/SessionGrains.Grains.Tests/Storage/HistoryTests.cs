using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Grains.Workflows;
using SessionGrains.Testing;
using Xunit;
using static SessionGrains.Grains.Tests.Storage.TestDatabase;

namespace SessionGrains.Grains.Tests.Storage;

public sealed class HistoryTests(TestPostgres server)
{
    private static readonly FinalReport Report = new(
        "wf_1", "issuer/ada", "acme", "voice-intake", "user_ended", Noon, Noon.AddMinutes(5), """{"note":"naïve \u0000 ✓"}""",
        [new(1, Noon, "started", "{}"), new(2, Noon.AddMinutes(5), "ended", """{"reason":"user_ended \u0000 \"quoted\""}""")]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_delivered_report_is_found_with_its_events_and_frees_the_slot(string kind)
    {
        await using var database = await Create(kind, server);
        await database.Slots.Reserve(new("wf_1", "issuer/ada", "acme", "voice-intake", 1, 50, 10, null, null, Noon), Cancellation);

        await database.History.Deliver(Report, Cancellation);

        var found = await database.History.Find("wf_1", Cancellation);
        Assert.Equal(Report with { Events = [] }, found! with { Events = [] });
        Assert.Equal(Report.Events, found.Events);
        Assert.Empty(await database.Slots.LiveOf("issuer/ada", 10, null, Cancellation));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_repeated_delivery_changes_nothing(string kind)
    {
        await using var database = await Create(kind, server);
        await database.Slots.Reserve(new("wf_1", "issuer/ada", "acme", "voice-intake", 1, 50, 10, null, null, Noon), Cancellation);
        await database.History.Deliver(Report, Cancellation);

        await database.History.Deliver(
            Report with { EndReason = "failed", EndedAt = Noon.AddHours(1), Report = "{}", Events = [Report.Events[0] with { Kind = "other" }] }, Cancellation);

        var found = await database.History.Find("wf_1", Cancellation);
        Assert.Equal(Report with { Events = [] }, found! with { Events = [] });
        Assert.Equal(Report.Events, found.Events);
        Assert.Equal(Report.EndedAt.ToUnixTimeMilliseconds(), await database.Scalar<long>("SELECT released_at FROM slot"));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_delivery_that_cannot_be_completed_leaves_nothing_behind(string kind)
    {
        await using var database = await Create(kind, server);
        await database.Slots.Reserve(new("wf_1", "issuer/ada", "acme", "voice-intake", 1, 50, 10, null, null, Noon), Cancellation);

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(
            () => database.History.Deliver(Report with { Events = [new(1, Noon, null!, "{}")] }, Cancellation));

        Assert.Null(await database.History.Find("wf_1", Cancellation));
        Assert.Single(await database.Slots.LiveOf("issuer/ada", 10, null, Cancellation));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Reports_are_pruned_with_their_events_when_retention_has_passed(string kind)
    {
        await using var database = await Create(kind, server);
        await database.History.Deliver(Report, Cancellation);
        await database.History.Deliver(Report with { WorkflowId = "wf_2", EndedAt = Noon.AddDays(1) }, Cancellation);

        Assert.Equal(0, await database.History.PrunePiece(Report.EndedAt, Cancellation));
        Assert.Equal(1, await database.History.PrunePiece(Noon.AddDays(1), Cancellation));

        Assert.Null(await database.History.Find("wf_1", Cancellation));
        Assert.NotNull(await database.History.Find("wf_2", Cancellation));
        Assert.Equal(2, await database.Scalar<long>("SELECT count(*) FROM audit_event"));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task However_much_has_piled_up_it_is_pruned_a_piece_at_a_time_with_its_events(string kind)
    {
        await using var database = await Create(kind, server);
        await PileUp(database, 2500);

        if (kind is "PostgreSql")
        {
            Assert.Equal(History.Piece, await database.History.PrunePiece(Noon, Cancellation));
            Assert.Equal(1500, await database.Scalar<long>("SELECT count(*) FROM audit_event"));
            Assert.Equal(1500, await database.Scalar<long>("SELECT count(*) FROM audit_trail t WHERE EXISTS (SELECT 1 FROM final_report r WHERE r.workflow_id = t.workflow_id)"));
        }

        await database.History.Prune(Noon, Cancellation);

        Assert.Equal(0, await database.Scalar<long>("SELECT (SELECT count(*) FROM final_report) + (SELECT count(*) FROM audit_trail) + (SELECT count(*) FROM audit_event)"));
    }

    [Fact]
    public async Task Trails_without_a_report_are_looked_for_when_no_reports_are_left_to_prune()
    {
        await using var database = await Create("PostgreSql", server);
        await PileUp(database, 1500);
        await database.Execute("INSERT INTO audit_trail (workflow_id, at, events, hash) SELECT 'op_' || n, 0, 0, '' FROM generate_series(1, 1200) n");

        Assert.Equal(History.Piece, await database.History.PrunePiece(Noon, Cancellation));
        Assert.Equal(1200, await Operations());
        Assert.Equal(History.Piece, await database.History.PrunePiece(Noon, Cancellation));
        Assert.Equal(200, await Operations());
        Assert.Equal(200, await database.History.PrunePiece(Noon, Cancellation));
        Assert.Equal(0, await Operations());

        Task<long> Operations() => database.Scalar<long>("SELECT count(*) FROM audit_trail WHERE workflow_id LIKE 'op%'");
    }

    [Fact]
    public async Task Who_prunes_stops_after_a_few_pieces_and_goes_on_the_next_time()
    {
        await using var database = await Create("PostgreSql", server);
        await PileUp(database, 6500);

        await database.History.Prune(Noon, Cancellation);
        Assert.Equal(1500, await database.Scalar<long>("SELECT count(*) FROM final_report"));

        await database.History.Prune(Noon, Cancellation);
        Assert.Equal(0, await database.Scalar<long>("SELECT count(*) FROM final_report"));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Whatever_somebody_else_wrote_into_a_timeline_the_report_is_filed(string kind)
    {
        await using var database = await Create(kind, server);
        var ended = A.Next(A.Ending(), new WorkflowCommand.HangUpSettled(A.Call("one"), HangUpResult.Confirmed), Noon);
        var id = WorkflowId.New();
        var view = WorkflowViews.Of(id, ended, new("", null, [], [], 0, 0, 0, 0, 0), null, Control.None);

        await database.History.Deliver(WorkflowViews.Report(id, ended.Note(Noon, "call_refused", "a\0b\ud800"), view), Cancellation);

        Assert.Equal("a?b?", (await database.History.Find(id.Value, Cancellation))!.Events[^1].Detail);
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task The_text_of_a_definition_is_kept_once_and_never_overwritten(string kind)
    {
        await using var database = await Create(kind, server);

        await database.Definitions.Save("sha256:1", "voice-intake", "first", Cancellation);
        await database.Definitions.Save("sha256:1", "voice-intake", "second", Cancellation);

        Assert.Equal("first", await database.Definitions.Find("sha256:1", Cancellation));
        Assert.Null(await database.Definitions.Find("sha256:2", Cancellation));
    }

    private static async Task PileUp(TestDatabase database, int reports)
    {
        await database.Execute(
            $$"""
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {{reports}})
            INSERT INTO final_report (workflow_id, owner_key, tenant_key, definition, end_reason, created_at, ended_at, report)
            SELECT 'wf_' || n, 'user/ada', 'acme', 'voice-intake', 'user_ended', n, n, '{}' FROM numbers
            """);
        await database.Execute("INSERT INTO audit_trail (workflow_id, at, events, hash) SELECT workflow_id, ended_at, 1, '' FROM final_report");
        await database.Execute("INSERT INTO audit_event (workflow_id, seq, at, kind, detail, hash) SELECT workflow_id, 0, ended_at, 'ended', '', '' FROM final_report");
    }
}
