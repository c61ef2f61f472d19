using Orleans.TestingHost;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Storage.Sqlite;
using SessionGrains.Testing;
using Xunit;

namespace SessionGrains.Grains.Tests.Storage;

/// <summary>The storage also serves the cluster that grain tests run on, which brings its own membership.</summary>
public sealed class InProcessClusterTests(TestPostgres server)
{
    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Two_silos_in_one_process_share_the_storage(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((_, silo) =>
        {
            if (database.Dialect is SqliteDialect)
            {
                silo.AddSessionGrainsStorage(new FileInfo(database.Location));
            }
            else
            {
                silo.AddSessionGrainsStorage(database.Location);
            }
        });
        await using var cluster = builder.Build();
        await cluster.DeployAsync(TestContext.Current.CancellationToken);

        var saved = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => cluster.Client.GetGrain<ITestGrain>($"wf_{number}").Save($"rtc_{number}")));

        Assert.All(saved, Assert.True);
        Assert.False(await cluster.Client.GetGrain<ITestGrain>("wf_late").Save("rtc_7"));
        Assert.Equal(20, await database.Scalar<long>("SELECT count(*) FROM workflow_view WHERE call_id IS NOT NULL"));
    }
}
