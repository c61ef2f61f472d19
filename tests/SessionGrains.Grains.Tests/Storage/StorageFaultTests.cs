using Npgsql;
using SessionGrains.Grains.Storage;
using SessionGrains.Testing;
using Xunit;

namespace SessionGrains.Grains.Tests.Storage;

/// <summary>Crashes a server of its own, so that the other tests keep theirs.</summary>
public sealed class StorageFaultTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_crashed_server_is_unavailable_and_keeps_what_was_committed()
    {
        await using var server = new TestPostgres();
        await using var database = await TestDatabase.Create("PostgreSql", server);
        await database.SaveWorkflow("wf_1", """{"phase":"ready"}""");
        await database.Index.Ping(Cancellation);

        await server.CrashAsync(Cancellation);
        var cut = await Assert.ThrowsAnyAsync<Exception>(() => database.Index.Ping(Cancellation));
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => database.Index.Ping(Cancellation));
        await server.StartAsync(Cancellation);

        Assert.True(StorageFaults.IsUnavailable(cut), cut.ToString());
        Assert.True(StorageFaults.IsUnavailable(refused), refused.ToString());
        Assert.True(StorageFaults.IsUnavailable(new AggregateException(new InvalidOperationException("wrapped", refused))));
        Assert.False(StorageFaults.IsCallTaken(refused));
        Assert.Equal("wf_1", await database.Scalar<string>("SELECT id FROM workflow_view"));
    }

    [Fact]
    public async Task A_command_that_times_out_is_unavailable()
    {
        await using var server = new TestPostgres();
        await using var source = NpgsqlDataSource.Create($"{await server.CreateDatabaseAsync(Cancellation)};Command Timeout=1");

        var late = await Assert.ThrowsAnyAsync<Exception>(() => source.Execute("SELECT pg_sleep(30)", [], Cancellation));

        Assert.True(StorageFaults.IsUnavailable(late), late.ToString());
    }

    [Theory]
    [InlineData("25006", true)] // read only
    [InlineData("28P01", true)] // a wrong password
    [InlineData("53100", true)] // the disk is full
    [InlineData("42501", false)] // a right that is missing is nothing that passes
    [InlineData("22P02", false)] // bad data
    public void What_a_server_says_is_unavailable_when_it_takes_nothing_from_anybody(string sqlState, bool isUnavailable) =>
        Assert.Equal(isUnavailable, StorageFaults.IsUnavailable(new PostgresException("", "ERROR", "ERROR", sqlState)));

    [Fact]
    public void Other_faults_are_neither()
    {
        var other = new InvalidOperationException("other", new TimeoutException());

        Assert.False(StorageFaults.IsUnavailable(other));
        Assert.False(StorageFaults.IsCallTaken(other));
    }
}
