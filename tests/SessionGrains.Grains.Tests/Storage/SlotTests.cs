using SessionGrains.Grains.Storage;
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

        Assert.IsType<Reservation.Admitted>(await database.Slots.Reserve(Ada, Cancellation));
        Assert.IsType<Reservation.Admitted>(await database.Slots.Reserve(Ada with { Now = Noon.AddSeconds(5) }, Cancellation));

        Assert.Equal([new LiveSlot("wf_1", Noon)], await database.Slots.LiveOf(Ada.UserKey, 10, null, Cancellation));
    }
}
