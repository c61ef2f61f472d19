using SessionGrains.Grains.Storage;
using SessionGrains.Testing;
using Xunit;

namespace SessionGrains.Grains.Tests.Storage;

public sealed class MigrationTests(TestPostgres server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Several_processes_that_start_at_once_migrate_one_database_once()
    {
        await using var database = TestDatabase.PostgreSql(await server.CreateDatabaseAsync(Cancellation));
        using var start = new Barrier(8);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(TimeSpan.FromSeconds(30));
                return database.Dialect.Migrate(Cancellation);
            },
            Cancellation,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap()));

        var journal = await database.Source.Query("SELECT scriptname FROM schemaversions", [], row => row.GetString(0), Cancellation);
        Assert.Equal(journal.Distinct(), journal);
        Assert.Contains("0001_orleans_queries.sql", journal);
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Migrating_again_keeps_what_is_stored(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await database.SaveWorkflow("wf_1", """{"phase":"ready"}""");

        await database.Dialect.Migrate(Cancellation);

        Assert.Equal("wf_1", await database.Scalar<string>("SELECT id FROM workflow_view"));
    }

    [Theory]
    [InlineData("PostgreSql", "orleansstorage_key"), InlineData("Sqlite", "orleansstorage_key")]
    [InlineData("PostgreSql", "workflow_call_id"), InlineData("Sqlite", "workflow_call_id")]
    public async Task A_host_refuses_to_start_without_a_unique_index_and_says_which(string kind, string index)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await database.Execute($"DROP INDEX {index}");
        using var host = TestSilo.Build(database);

        var refused = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(Cancellation));

        Assert.Contains($"The database lacks the unique index {index} on orleansstorage", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PostgreSql", "queried_members", "DROP TRIGGER queried_members ON orleansstorage")]
    [InlineData("PostgreSql", "queried_members", "ALTER TABLE orleansstorage DISABLE TRIGGER queried_members")]
    [InlineData("PostgreSql", "no_call_after_the_end", "DROP TRIGGER no_call_after_the_end ON orleansstorage")]
    [InlineData("PostgreSql", "no_call_after_the_end", "ALTER TABLE orleansstorage DISABLE TRIGGER no_call_after_the_end")]
    [InlineData("Sqlite", "no_call_after_the_end", "DROP TRIGGER no_call_after_the_end")]
    public async Task A_silo_refuses_to_start_without_a_trigger_and_says_which(string kind, string trigger, string loss)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await database.Execute(loss);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => new StorageGuard(database.Source, database.Dialect).Check(Cancellation));

        Assert.Contains($"lacks the trigger {trigger} on orleansstorage", refused.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task An_index_of_the_right_name_that_is_not_unique_does_not_pass(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await database.Execute("DROP INDEX orleansstorage_key; CREATE INDEX orleansstorage_key ON orleansstorage (graintypestring)");

        await Assert.ThrowsAsync<InvalidOperationException>(() => new StorageGuard(database.Source, database.Dialect).Check(Cancellation));
    }
}
