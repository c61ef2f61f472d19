using SessionGrains.Grains.Storage;
using SessionGrains.Testing;
using Xunit;
using static SessionGrains.Grains.Tests.Storage.TestDatabase;

namespace SessionGrains.Grains.Tests.Storage;

/// <summary>What operators do not let start.</summary>
public sealed class StartBlockTests(TestPostgres server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static readonly string[] Kinds = ["PostgreSql", "Sqlite"];

    public static TheoryData<string, string, bool> Blocks => new(
        from kind in Kinds
        from block in new[]
        {
            ("owner ada", true), ("owner ada of acme", true), ("owner ada of globex", false), ("owner bob", false), ("owner ADA", false),
            ("tenant acme", true), ("tenant globex", false), ("definition intake", true), ("definition int", false),
            ("tool refund", true), ("tool lookup", false), ("tool lookup_order", true),
        }
        select (kind, block.Item1, block.Item2));

    [Theory, MemberData(nameof(Blocks))]
    public async Task A_block_stops_what_it_names_and_nothing_else(string kind, string block, bool stops)
    {
        await using var database = await Create(kind, server);
        await database.Blocks.Set(Match(block), Noon.AddMinutes(1), Cancellation);

        var reservation = await Reserve(database, "wf_1", Noon);

        Assert.Equal(stops, reservation is Reservation.Blocked);
        Assert.Equal(stops ? 0 : 1, await database.Scalar<long>("SELECT count(*) FROM slot"));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_block_ends_by_itself_or_when_it_is_lifted(string kind)
    {
        await using var database = await Create(kind, server);
        await database.Blocks.Set(Match("owner ada"), Noon.AddMinutes(1), Cancellation);
        await database.Blocks.Set(Match("tenant acme"), Noon.AddMinutes(9), Cancellation);

        Assert.IsType<Reservation.Blocked>(await Reserve(database, "wf_1", Noon.AddMinutes(2)));
        Assert.True(await database.Blocks.Lift(Match("tenant acme"), Cancellation));
        Assert.False(await database.Blocks.Lift(Match("tenant acme"), Cancellation));
        Assert.IsType<Reservation.Blocked>(await Reserve(database, "wf_1", Noon.AddSeconds(59)));
        Assert.IsType<Reservation.Admitted>(await Reserve(database, "wf_1", Noon.AddMinutes(1)));
        Assert.Equal([Match("owner ada")], (await database.Blocks.Find(Noon, Cancellation)).Select(found => found.Match));
        Assert.Equal(1, await database.Blocks.Tidy(Noon.AddMinutes(1), Cancellation));
        Assert.Empty(await database.Blocks.Find(Noon, Cancellation));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Of_two_blocks_the_later_end_counts(string kind)
    {
        await using var database = await Create(kind, server);
        await database.Blocks.Set(Match("owner ada"), Noon.AddMinutes(9), Cancellation);
        await database.Blocks.Set(Match("owner ada"), Noon.AddMinutes(1), Cancellation);

        Assert.Equal([Noon.AddMinutes(9)], (await database.Blocks.Find(Noon, Cancellation)).Select(found => found.Until));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Also_a_repeat_of_an_earlier_start_is_stopped_since_it_would_get_a_fresh_secret(string kind)
    {
        await using var database = await Create(kind, server);
        Assert.IsType<Reservation.Admitted>(await Reserve(database, "wf_1", Noon, key: "key"));
        await database.Blocks.Set(Match("owner ada"), Noon.AddMinutes(1), Cancellation);

        Assert.IsType<Reservation.Blocked>(await Reserve(database, "wf_2", Noon, key: "key"));
    }

    [Fact]
    public async Task Once_a_block_is_set_every_start_has_seen_it_or_can_be_found()
    {
        await using var database = await Create("PostgreSql", server);
        var (admitted, blocked) = (new System.Collections.Concurrent.ConcurrentBag<string>(), 0);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var starts = Enumerable.Range(0, 8).Select(worker => Task.Run(
            async () =>
            {
                for (var n = 0; !stop.IsCancellationRequested; n++)
                {
                    var id = $"wf_{worker}_{n}";
                    if (await Reserve(database, id, Noon, user: $"user/{worker}") is Reservation.Admitted)
                    {
                        admitted.Add(id);
                    }
                    else if (Interlocked.Increment(ref blocked) > 40)
                    {
                        return;
                    }
                }
            },
            Cancellation)).ToArray();
        while (admitted.Count < 100)
        {
            await Task.Yield();
        }

        await database.Blocks.Set(Match("owner ada"), Noon.AddMinutes(1), Cancellation);
        var found = (await database.Search.Find(new("live", Subject: "ada"), int.MaxValue, null, Cancellation)).Select(each => each.Id).ToHashSet();
        await Task.WhenAll(starts);

        Assert.True(blocked > 0);
        Assert.All(admitted, id => Assert.Contains(id, found));
    }

    private static Task<Reservation> Reserve(TestDatabase database, string id, DateTimeOffset now, string? key = null, string user = "user/ada") => database.Slots.Reserve(
        new(id, user, "tenant/acme", "intake", 100_000, 100_000, 100_000, key, key is null ? null : "body", now)
        {
            Subject = "ada",
            Tenant = "acme",
            Tools = " lookup_order refund ",
        },
        Cancellation);

    private static WorkflowMatch Match(string block) => block.Split(' ') switch
    {
        ["owner", var owner] => new(Subject: owner),
        ["owner", var owner, "of", var tenant] => new(Subject: owner, Tenant: tenant),
        ["tenant", var tenant] => new(Tenant: tenant),
        ["definition", var definition] => new(Definition: definition),
        var words => new(Tool: words[1]),
    };
}
