using SessionGrains.Testing;
using Xunit;

namespace SessionGrains.Grains.Tests.Storage;

public sealed class SiloTests(TestPostgres server)
{
    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_grain_learns_that_its_call_is_taken_through_Orleans_own_wrapping(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await using var silo = await TestSilo.Start(database);

        Assert.True(await silo.Grains.GetGrain<ITestGrain>("wf_1").Save("rtc_1"));
        Assert.False(await silo.Grains.GetGrain<ITestGrain>("wf_2").Save("rtc_1"));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Reminders_are_registered_replaced_and_removed(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await using var silo = await TestSilo.Start(database);

        var counts = await silo.Grains.GetGrain<ITestGrain>("wf_1").Remind();

        Assert.Equal([1, 1, 0], counts);
    }

    [Fact]
    public async Task Silos_find_each_other_in_the_database_and_leave_it_in_order()
    {
        await using var database = await TestDatabase.Create("PostgreSql", server);
        await using (var first = await TestSilo.Start(database))
        await using (var second = await TestSilo.Start(database))
        {
            var members = await second.Grains.GetGrain<IManagementGrain>(0).GetHosts(true, TestContext.Current.CancellationToken);

            Assert.Equal(2, members.Count);
            Assert.Equal(2, await database.Scalar<long>("SELECT count(*) FROM orleansmembershiptable WHERE status = 3 AND proxyport > 0"));
        }

        Assert.Equal(0, await database.Scalar<long>("SELECT count(*) FROM orleansmembershiptable WHERE status = 3"));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task State_outlives_the_silo_that_wrote_it(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        await using (var first = await TestSilo.Start(database))
        {
            await first.Write("workflow", "wf_1", new StoredWorkflow(Note: "kept"));
        }

        await using var second = await TestSilo.Start(database);

        Assert.Equal("kept", await second.NoteOf("workflow", "wf_1"));
    }
}
