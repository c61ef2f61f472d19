using Orleans.Storage;
using SessionGrains.Grains.Storage;
using SessionGrains.Testing;
using Xunit;

namespace SessionGrains.Grains.Tests.Storage;

public sealed class GrainStorageTests(TestPostgres server)
{
    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task State_is_written_read_updated_and_deleted(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await using var silo = await TestSilo.Start(database);

        var first = await silo.Write("workflow", "wf_1", new StoredWorkflow(Note: "first"));
        var second = await silo.Write("workflow", "wf_1", new StoredWorkflow(Note: "second"), first);
        var stored = await silo.Read<StoredWorkflow>("workflow", "wf_1");

        Assert.Equal(("1", "2"), (first, second));
        Assert.Equal(("second", "2", true), (stored.State?.Note, stored.ETag, stored.RecordExists));

        await silo.Storage.ClearStateAsync("workflow", GrainId.Create("any", "wf_1"), stored);

        Assert.Equal(0, await database.Scalar<long>("SELECT count(*) FROM orleansstorage"));
        Assert.False((await silo.Read<StoredWorkflow>("workflow", "wf_1")).RecordExists);
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_first_write_that_loses_is_inconsistent_and_changes_nothing(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await using var silo = await TestSilo.Start(database);
        await silo.Write("workflow", "wf_1", new StoredWorkflow(Note: "winner"));

        await Assert.ThrowsAsync<InconsistentStateException>(() => silo.Write("workflow", "wf_1", new StoredWorkflow(Note: "loser")));

        Assert.Equal("winner", await silo.NoteOf("workflow", "wf_1"));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_write_or_a_clear_with_a_stale_version_is_inconsistent_and_changes_nothing(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await using var silo = await TestSilo.Start(database);
        var stale = await silo.Write("workflow", "wf_1", new StoredWorkflow(Note: "first"));
        await silo.Write("workflow", "wf_1", new StoredWorkflow(Note: "second"), stale);

        await Assert.ThrowsAsync<InconsistentStateException>(() => silo.Write("workflow", "wf_1", new StoredWorkflow(Note: "zombie"), stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => silo.Storage.ClearStateAsync(
            "workflow", GrainId.Create("any", "wf_1"), new GrainState<StoredWorkflow> { ETag = stale, RecordExists = true }));

        Assert.Equal("second", await silo.NoteOf("workflow", "wf_1"));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_deleted_state_is_not_revived_by_a_write_that_knew_it(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await using var silo = await TestSilo.Start(database);
        var known = await silo.Write("workflow", "wf_1", new StoredWorkflow());
        await silo.Storage.ClearStateAsync("workflow", GrainId.Create("any", "wf_1"), await silo.Read<StoredWorkflow>("workflow", "wf_1"));

        await Assert.ThrowsAsync<InconsistentStateException>(() => silo.Write("workflow", "wf_1", new StoredWorkflow(), known));

        Assert.Equal(0, await database.Scalar<long>("SELECT count(*) FROM orleansstorage"));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Of_concurrent_first_writes_of_one_key_exactly_one_succeeds(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await using var silo = await TestSilo.Start(database);
        const int keys = 50, writers = 8;

        var outcomes = await Task.WhenAll(Enumerable.Range(0, keys * writers).Select(async attempt =>
        {
            try
            {
                return await silo.Write("workflow", $"wf_{attempt / writers}", new StoredWorkflow(Note: $"{attempt}"));
            }
            catch (InconsistentStateException)
            {
                return "lost";
            }
        }));

        Assert.Equal(keys, outcomes.Count(outcome => outcome == "1"));
        Assert.Equal(keys * (writers - 1), outcomes.Count(outcome => outcome == "lost"));
        Assert.Equal(keys, await database.Scalar<long>("SELECT count(*) FROM orleansstorage"));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Keys_that_look_like_hex_share_a_row_and_keys_with_our_prefix_do_not(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await using var silo = await TestSilo.Start(database);

        await silo.Write("workflow", "abc", new StoredWorkflow(Note: "bare"));
        Assert.Equal("bare", await silo.NoteOf("workflow", "ABC"));
        Assert.Equal("bare", await silo.NoteOf("workflow", "0abc"));

        string[] keys = ["wf_abc", "wf_ABC", "wf_0abc", "wf_00000000000000000000000000000abc", "user/abc", "tenant/abc"];
        foreach (var key in keys)
        {
            await silo.Write("workflow", key, new StoredWorkflow(Note: key));
        }

        foreach (var key in keys)
        {
            Assert.Equal(key, await silo.NoteOf("workflow", key));
        }
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task States_of_two_names_under_one_key_do_not_overlap(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await using var silo = await TestSilo.Start(database);

        await silo.Write("workflow", "wf_1", new StoredWorkflow(Note: "workflow"));
        await silo.Write("tool_call", "wf_1", new StoredWorkflow(Note: "tool call"));

        Assert.Equal("workflow", await silo.NoteOf("workflow", "wf_1"));
        Assert.Equal("tool call", await silo.NoteOf("tool_call", "wf_1"));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_second_workflow_cannot_save_a_call_that_another_holds(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await using var silo = await TestSilo.Start(database);
        var holder = await silo.Write("workflow", "wf_1", new StoredWorkflow(CallId: "rtc_1"));
        var other = await silo.Write("workflow", "wf_2", new StoredWorkflow());

        var onUpdate = await Assert.ThrowsAnyAsync<Exception>(() => silo.Write("workflow", "wf_2", new StoredWorkflow(CallId: "rtc_1"), other));
        var onInsert = await Assert.ThrowsAnyAsync<Exception>(() => silo.Write("workflow", "wf_3", new StoredWorkflow(CallId: "rtc_1")));

        Assert.True(StorageFaults.IsCallTaken(onUpdate), onUpdate.ToString());
        Assert.True(StorageFaults.IsCallTaken(onInsert), onInsert.ToString());
        Assert.False(StorageFaults.IsUnavailable(onInsert));
        Assert.Equal("2", await silo.Write("workflow", "wf_1", new StoredWorkflow(CallId: "rtc_1"), holder));
        Assert.Equal("wf_1", await database.Index.HolderOf("rtc_1", TestContext.Current.CancellationToken));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_lost_first_write_is_not_mistaken_for_a_taken_call(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await using var silo = await TestSilo.Start(database);
        await silo.Write("workflow", "wf_1", new StoredWorkflow(CallId: "rtc_1"));

        var lost = await Assert.ThrowsAsync<InconsistentStateException>(() => silo.Write("workflow", "wf_1", new StoredWorkflow(CallId: "rtc_1")));

        Assert.False(StorageFaults.IsCallTaken(lost));
    }
}
