using SessionGrains.Grains.Storage;
using SessionGrains.Testing;
using SessionGrains.Tools.Mcp;
using Xunit;

namespace SessionGrains.Grains.Tests.Storage;

/// <summary>The pins of MCP tools, which all silos share and which outlive them.</summary>
public sealed class ToolPinTests(TestPostgres server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task The_first_hash_stays_and_is_what_everybody_gets(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);

        Assert.Equal("sha256:1", await new ToolPins(database.Source).PinAsync("crm__find a", "sha256:1", Cancellation));
        Assert.Equal("sha256:1", await new ToolPins(database.Source).PinAsync("crm__find a", "sha256:2", Cancellation));
        Assert.Equal("sha256:2", await new ToolPins(database.Source).PinAsync("crm__find A", "sha256:2", Cancellation));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Of_many_who_are_first_at_once_all_get_one_hash(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        using var start = new Barrier(8);

        for (var round = 0; round < 20; round++)
        {
            var key = $"crm__find {round}";
            var pinned = await Task.WhenAll(Enumerable.Range(0, 8).Select(silo => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait(TimeSpan.FromSeconds(30));
                    return new ToolPins(database.Source).PinAsync(key, $"sha256:{silo}", Cancellation).AsTask();
                },
                Cancellation,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap()));

            Assert.Single(pinned.Distinct());
        }
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_broken_pin_equals_no_hash_any_more_and_one_alone_broke_it(string kind)
    {
        await using var database = await TestDatabase.Create(kind, server);
        var pins = new ToolPins(database.Source);
        await pins.PinAsync("crm__find a", "sha256:1", Cancellation);
        await pins.PinAsync("crm__find b", "sha256:1", Cancellation);

        Assert.True(await pins.BreakAsync("crm__find a", Cancellation));
        Assert.False(await new ToolPins(database.Source).BreakAsync("crm__find a", Cancellation));

        Assert.Equal(IPinStore.Broken, await pins.PinAsync("crm__find a", "sha256:1", Cancellation));
        Assert.Equal("sha256:1", await pins.PinAsync("crm__find b", "sha256:1", Cancellation));
    }
}
