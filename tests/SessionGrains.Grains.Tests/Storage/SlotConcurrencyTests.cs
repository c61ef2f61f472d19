using SessionGrains.Grains.Storage;
using SessionGrains.Testing;
using Xunit;
using static SessionGrains.Grains.Tests.Storage.TestDatabase;

namespace SessionGrains.Grains.Tests.Storage;

/// <summary>Thirty-two reservers, each on a connection of its own, let go at the same moment, ten times over.</summary>
public sealed class SlotConcurrencyTests(TestPostgres server)
{
    private const int Reservers = 32, Rounds = 10;

    private static readonly SlotRequest Anybody = new("", "issuer/ada", "acme", "voice-intake", 1000, 1000, 1000, null, null, Noon);

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task One_user_never_gets_more_places_than_allowed(string kind)
    {
        await using var database = await Create(kind, server);

        for (var round = 0; round < Rounds; round++)
        {
            var outcomes = await Reserve(database, Anybody with { UserKey = $"issuer/{round}", LivePerUser = 3 }, round, (request, _) => request);

            Assert.Equal(3, outcomes.Count(outcome => outcome is Reservation.Admitted));
            Assert.Equal(Reservers - 3, outcomes.Count(outcome => outcome is Reservation.UserFull { Holders.Count: 3 }));
            Assert.Equal(3, await database.Scalar<long>("SELECT count(*) FROM slot WHERE user_key = @user", ("user", $"issuer/{round}")));
        }
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task One_tenant_never_gets_more_places_than_allowed(string kind)
    {
        await using var database = await Create(kind, server);

        for (var round = 0; round < Rounds; round++)
        {
            var outcomes = await Reserve(
                database, Anybody with { TenantKey = $"tenant {round}", LivePerTenant = 10 }, round, (request, number) => request with { UserKey = $"issuer/{number}" });

            Assert.Equal(10, outcomes.Count(outcome => outcome is Reservation.Admitted));
            Assert.Equal(Reservers - 10, outcomes.Count(outcome => outcome is Reservation.TenantFull));
            Assert.Equal(10, await database.Scalar<long>("SELECT count(*) FROM slot WHERE tenant_key = @tenant", ("tenant", $"tenant {round}")));
        }
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Starts_per_minute_are_never_exceeded(string kind)
    {
        await using var database = await Create(kind, server);

        for (var round = 0; round < Rounds; round++)
        {
            var outcomes = await Reserve(database, Anybody with { UserKey = $"issuer/{round}", StartsPerUserPerMinute = 5 }, round, (request, _) => request);

            Assert.Equal(5, outcomes.Count(outcome => outcome is Reservation.Admitted));
            Assert.Equal(Reservers - 5, outcomes.Count(outcome => outcome is Reservation.TooManyStarts));
        }
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task One_idempotency_key_is_admitted_once(string kind)
    {
        await using var database = await Create(kind, server);

        for (var round = 0; round < Rounds; round++)
        {
            var outcomes = await Reserve(database, Anybody with { IdempotencyKeyHash = $"key {round}", BodyHash = "body" }, round, (request, _) => request);

            Assert.Single(outcomes, new Reservation.Admitted());
            Assert.Single(outcomes.OfType<Reservation.Replay>().Distinct());
        }
    }

    private static Task<Reservation[]> Reserve(TestDatabase database, SlotRequest request, int round, Func<SlotRequest, int, SlotRequest> vary)
    {
        var start = new Barrier(Reservers);
        return Task.WhenAll(Enumerable.Range(0, Reservers).Select(number => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(TimeSpan.FromSeconds(30));
                return database.Slots.Reserve(
                    vary(request with { WorkflowId = $"wf_{round}_{number}" }, number), TestContext.Current.CancellationToken);
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap()));
    }
}
