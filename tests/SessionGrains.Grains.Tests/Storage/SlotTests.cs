using System.Globalization;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Storage.Sqlite;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Testing;
using Xunit;
using static SessionGrains.Grains.Tests.Storage.TestDatabase;

namespace SessionGrains.Grains.Tests.Storage;

public sealed class SlotTests(TestPostgres server)
{
    private static readonly SlotRequest Ada = new("wf_1", "issuer/ada", "acme", "voice-intake", 1, 50, 10, null, null, Noon);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_workflow_that_reserves_again_keeps_its_one_slot(string kind)
    {
        await using var database = await Create(kind, server);

        Assert.Equal(new Reservation.Admitted(), await database.Slots.Reserve(Ada, Cancellation));
        Assert.Equal(new Reservation.Admitted(), await database.Slots.Reserve(Ada with { Now = Noon.AddSeconds(5) }, Cancellation));

        Assert.Equal([new LiveSlot("wf_1", Noon.AddSeconds(5))], await database.Slots.LiveOf(Ada.UserKey, 10, null, Cancellation));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_full_user_is_told_who_holds_the_slots_oldest_first(string kind)
    {
        await using var database = await Create(kind, server);
        var two = Ada with { LivePerUser = 2 };
        await database.Slots.Reserve(two with { WorkflowId = "wf_young", Now = Noon.AddSeconds(1) }, Cancellation);
        await database.Slots.Reserve(two with { WorkflowId = "wf_old" }, Cancellation);

        var refused = await database.Slots.Reserve(two with { WorkflowId = "wf_third", Now = Noon.AddSeconds(2) }, Cancellation);

        Assert.Equal(["wf_old", "wf_young"], Assert.IsType<Reservation.UserFull>(refused).Holders);
        Assert.Equal(2, await database.Scalar<long>("SELECT count(*) FROM slot"));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Quotas_count_each_user_tenant_and_definition_apart(string kind)
    {
        await using var database = await Create(kind, server);
        var request = Ada with { LivePerTenant = 2 };
        await database.Slots.Reserve(request, Cancellation);

        Assert.IsType<Reservation.Admitted>(await database.Slots.Reserve(request with { WorkflowId = "wf_2", UserKey = "issuer/bob" }, Cancellation));
        Assert.IsType<Reservation.TenantFull>(await database.Slots.Reserve(request with { WorkflowId = "wf_3", UserKey = "issuer/eve" }, Cancellation));
        Assert.IsType<Reservation.Admitted>(
            await database.Slots.Reserve(request with { WorkflowId = "wf_4", UserKey = "issuer/eve", TenantKey = "other" }, Cancellation));
        Assert.IsType<Reservation.Admitted>(await database.Slots.Reserve(request with { WorkflowId = "wf_5", Definition = "claims" }, Cancellation));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Starts_within_a_minute_are_counted_also_when_they_are_over(string kind)
    {
        await using var database = await Create(kind, server);
        var request = Ada with { StartsPerUserPerMinute = 2 };
        await database.Slots.Reserve(request with { WorkflowId = "wf_1", Now = Noon }, Cancellation);
        await Release(database, "wf_1");
        await database.Slots.Reserve(request with { WorkflowId = "wf_2", Now = Noon.AddSeconds(20) }, Cancellation);
        await Release(database, "wf_2");

        var refused = await database.Slots.Reserve(request with { WorkflowId = "wf_3", Now = Noon.AddSeconds(30) }, Cancellation);
        var patient = await database.Slots.Reserve(request with { WorkflowId = "wf_3", Now = Noon.AddSeconds(60) }, Cancellation);
        var impatient = await database.Slots.Reserve(request with { WorkflowId = "wf_4", Now = Noon.AddSeconds(61) }, Cancellation);

        Assert.Equal(new Reservation.TooManyStarts(TimeSpan.FromSeconds(30)), refused);
        Assert.Equal(new Reservation.Admitted(), patient);
        Assert.Equal(new Reservation.TooManyStarts(TimeSpan.FromSeconds(19)), impatient);
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task The_same_key_and_body_replays_and_another_body_is_refused_for_a_day(string kind)
    {
        await using var database = await Create(kind, server);
        var keyed = Ada with { IdempotencyKeyHash = "key", BodyHash = "body" };
        await database.Slots.Reserve(keyed, Cancellation);
        var again = keyed with { WorkflowId = "wf_2", Now = Noon.AddHours(23) };

        Assert.Equal(new Reservation.Replay("wf_1"), await database.Slots.Reserve(again, Cancellation));
        await Release(database, "wf_1");
        Assert.Equal(new Reservation.Replay("wf_1"), await database.Slots.Reserve(again, Cancellation));
        Assert.Equal(new Reservation.KeyReused(), await database.Slots.Reserve(again with { BodyHash = "other" }, Cancellation));
        Assert.Equal(new Reservation.Admitted(), await database.Slots.Reserve(again with { WorkflowId = "wf_3", UserKey = "issuer/bob" }, Cancellation));
        Assert.Equal(new Reservation.Admitted(), await database.Slots.Reserve(again with { Now = Noon.AddHours(24) }, Cancellation));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_workflow_whose_slot_was_released_cannot_take_it_again(string kind)
    {
        await using var database = await Create(kind, server);
        await database.Slots.Reserve(Ada, Cancellation);
        await Release(database, "wf_1");

        await Assert.ThrowsAsync<InvalidOperationException>(() => database.Slots.Reserve(Ada, Cancellation));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Live_workflows_are_listed_newest_first_page_by_page(string kind)
    {
        await using var database = await Create(kind, server);
        foreach (var number in Enumerable.Range(0, 5))
        {
            await database.Slots.Reserve(
                Ada with { WorkflowId = $"wf_{number}", LivePerUser = 9, Now = Noon.AddSeconds(number / 2) }, Cancellation);
        }

        await Release(database, "wf_3");
        var first = await database.Slots.LiveOf(Ada.UserKey, 2, null, Cancellation);
        var second = await database.Slots.LiveOf(Ada.UserKey, 2, first[^1], Cancellation);
        var third = await database.Slots.LiveOf(Ada.UserKey, 2, second[^1], Cancellation);

        Assert.Equal(["wf_4", "wf_2"], first.Select(slot => slot.WorkflowId));
        Assert.Equal(["wf_1", "wf_0"], second.Select(slot => slot.WorkflowId));
        Assert.Empty(third);
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Only_old_slots_without_a_saved_workflow_are_reclaimed(string kind)
    {
        await using var database = await Create(kind, server);
        var request = Ada with { LivePerUser = 9 };
        await database.Slots.Reserve(request with { WorkflowId = "wf_never_saved" }, Cancellation);
        await database.Slots.Reserve(request with { WorkflowId = "wf_saved" }, Cancellation);
        await database.SaveWorkflow("wf_saved", """{"phase":"ready"}""");
        await database.Slots.Reserve(request with { WorkflowId = "wf_young", Now = Noon.AddSeconds(10) }, Cancellation);

        Assert.Equal(new Reclaimed(0, 0), await database.Slots.Reclaim(Noon.AddSeconds(60), null, Cancellation));
        Assert.Equal(new Reclaimed(1, 0), await database.Slots.Reclaim(Noon.AddSeconds(61), null, Cancellation));

        Assert.Equal(["wf_young", "wf_saved"], (await database.Slots.LiveOf(Ada.UserKey, 9, null, Cancellation)).Select(slot => slot.WorkflowId));
        Assert.Equal(new Reservation.Admitted(), await database.Slots.Reserve(request with { WorkflowId = "wf_never_saved", Now = Noon.AddSeconds(62) }, Cancellation));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_start_that_takes_up_its_own_old_slot_has_a_minute_again_to_save_its_workflow(string kind)
    {
        await using var database = await Create(kind, server);
        await database.Slots.Reserve(Ada, Cancellation);
        await database.Slots.Reserve(Ada with { Now = Noon.AddSeconds(70) }, Cancellation);

        Assert.Equal(new Reclaimed(0, 0), await database.Slots.Reclaim(Noon.AddSeconds(130), null, Cancellation));
        Assert.Equal(new Reclaimed(1, 0), await database.Slots.Reclaim(Noon.AddSeconds(131), null, Cancellation));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_clock_that_is_late_makes_no_slot_older(string kind)
    {
        await using var database = await Create(kind, server);
        await database.Slots.Reserve(Ada, Cancellation);
        await database.Slots.Reserve(Ada with { Now = Noon.AddSeconds(-10) }, Cancellation);

        Assert.Equal([new LiveSlot("wf_1", Noon)], await database.Slots.LiveOf(Ada.UserKey, 10, null, Cancellation));
    }

    [Fact]
    public async Task A_slot_that_is_taken_back_while_its_start_takes_it_up_again_is_taken_anew()
    {
        await using var database = await Create("PostgreSql", server);
        await database.Slots.Reserve(Ada, Cancellation);
        await using var connection = await database.Source.OpenConnectionAsync(Cancellation);
        await using var reclaiming = await connection.BeginTransactionAsync(Cancellation);
        await connection.Execute(reclaiming, "DELETE FROM slot", [], Cancellation);

        var reserving = database.Slots.Reserve(Ada with { Now = Noon.AddSeconds(70) }, Cancellation);
        await Lab.Eventually(async () => reserving.IsCompleted || await database.Scalar<long>("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0);
        await reclaiming.CommitAsync(Cancellation);

        Assert.Equal(new Reservation.Admitted(), await reserving);
        Assert.Equal([new LiveSlot("wf_1", Noon.AddSeconds(70))], await database.Slots.LiveOf(Ada.UserKey, 10, null, Cancellation));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task What_was_looked_at_before_is_not_looked_at_again_but_for_what_a_clock_that_is_a_minute_late_may_have_added(string kind)
    {
        await using var database = await Create(kind, server);
        var request = Ada with { LivePerUser = 9 };
        await database.Slots.Reserve(request with { WorkflowId = "wf_old" }, Cancellation);
        await database.Slots.Reserve(request with { WorkflowId = "wf_added_late", Now = Noon.AddSeconds(1) }, Cancellation);
        await database.Slots.Reserve(request with { WorkflowId = "wf_new", Now = Noon.AddSeconds(90) }, Cancellation);

        Assert.Equal(new Reclaimed(2, 0), await database.Slots.Reclaim(Noon.AddSeconds(151), Noon.AddSeconds(121), Cancellation));
        Assert.Equal(["wf_old"], (await database.Slots.LiveOf(Ada.UserKey, 9, null, Cancellation)).Select(slot => slot.WorkflowId));

        Assert.Equal(new Reclaimed(1, 0), await database.Slots.Reclaim(Noon.AddSeconds(151), null, Cancellation));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Among_twenty_thousand_workflows_that_of_each_slot_and_of_each_tool_call_is_found_by_index(string kind)
    {
        await using var database = await Create(kind, server);
        const string rows =
            """
            INSERT INTO orleansstorage (grainidhash, grainidn0, grainidn1, graintypehash, graintypestring, grainidextensionstring, serviceid, payloadbinary, modifiedon, version)
            SELECT 0, 0, 0, 0, 'workflow', 'wf_' || n, 'test', {0}, {1}, 1 FROM numbers UNION ALL SELECT 0, 0, 0, 0, 'tool_call', 'wf_' || n || '/call_1', 'test', {0}, {1}, 1 FROM numbers;
            """;
        const string slots = "INSERT INTO slot (workflow_id, user_key, tenant_key, definition, reserved_at) SELECT 'wf_' || n, n, 'acme', 'voice', n FROM numbers;";
        const string numbers = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000) ";
        await database.Execute(
            numbers + string.Format(CultureInfo.InvariantCulture, rows, database.Dialect is SqliteDialect ? ["CAST('{}' AS BLOB)", "0"] : ["convert_to('{}', 'UTF8')", "now()"])
            + numbers + slots + "ANALYZE;");

        Assert.All(
            await Task.WhenAll(database.Plan(Slots.NeverSavedQuery, ("since", 0L), ("grace_over", 20000L)), database.Plan(ToolCallRows.EraseOrphansQuery)),
            plan =>
            {
                Assert.Contains("orleansstorage_key", plan, StringComparison.Ordinal);
                Assert.DoesNotContain("Hash", plan, StringComparison.Ordinal);
                Assert.DoesNotContain("Merge", plan, StringComparison.Ordinal);
                Assert.DoesNotContain("AUTOMATIC", plan, StringComparison.Ordinal);
            });
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_reclaimed_slot_is_taken_again_only_while_there_is_room(string kind)
    {
        await using var database = await Create(kind, server);
        await database.Slots.Reserve(Ada, Cancellation);
        await database.Slots.Reclaim(Noon.AddMinutes(2), null, Cancellation);
        await database.Slots.Reserve(Ada with { WorkflowId = "wf_2", Now = Noon.AddMinutes(2) }, Cancellation);

        var late = await database.Slots.Reserve(Ada with { Now = Noon.AddMinutes(3) }, Cancellation);

        Assert.Equal(["wf_2"], Assert.IsType<Reservation.UserFull>(late).Holders);
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Released_slots_are_forgotten_when_neither_the_minute_nor_the_key_needs_them(string kind)
    {
        await using var database = await Create(kind, server);
        var request = Ada with { LivePerUser = 9 };
        await database.Slots.Reserve(request with { WorkflowId = "wf_plain" }, Cancellation);
        await database.Slots.Reserve(request with { WorkflowId = "wf_keyed", IdempotencyKeyHash = "key", BodyHash = "body" }, Cancellation);
        await Release(database, "wf_plain");
        await Release(database, "wf_keyed");

        Assert.Equal(new Reclaimed(0, 0), await database.Slots.Reclaim(Noon.AddSeconds(60), null, Cancellation));
        Assert.Equal(new Reclaimed(0, 1), await database.Slots.Reclaim(Noon.AddSeconds(61), null, Cancellation));
        Assert.Equal(new Reclaimed(0, 0), await database.Slots.Reclaim(Noon.AddHours(24), null, Cancellation));
        Assert.Equal(new Reclaimed(0, 1), await database.Slots.Reclaim(Noon.AddHours(24).AddSeconds(1), null, Cancellation));
    }

    private static Task<int> Release(TestDatabase database, string id) =>
        database.Execute("UPDATE slot SET released_at = reserved_at WHERE workflow_id = @id", ("id", id));
}
