using Microsoft.Extensions.DependencyInjection;
using SessionGrains.Grains.Audit;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Tests.Workflows;
using Xunit;

namespace SessionGrains.Grains.Tests.Audit;

/// <summary>Who was refused a start, and why, is on record.</summary>
public sealed class RefusedStartsTests
{
    [Fact]
    public async Task A_refused_start_is_filed_with_who_asked_for_what_and_the_rule_that_said_no()
    {
        await using var lab = await Lab.Start();

        await Refuse(lab, A.Ada);

        var filed = Assert.Single(await Filed(lab, 1));
        Assert.StartsWith("start_", filed.Id, StringComparison.Ordinal);
        Assert.Equal((A.Ada.Subject, A.Ada.Tenant, Lab.Brokered), (filed.Subject, filed.Tenant, filed.Definition));
        Assert.Equal(("start_refused", "Forbidden: allow.scopes"), (filed.Event.Kind, filed.Event.Detail));
    }

    [Fact]
    public async Task A_quota_that_is_full_is_a_refusal_too_and_a_start_that_succeeds_is_none()
    {
        var solo = Lab.Definition("solo", "sealed", quotas: """{"live_per_user":1}""");
        await using var lab = await Lab.Start(definitions: solo);
        await lab.Begin("solo");

        var refused = await lab.Workflow().Start(Lab.Caller(A.Ada), Lab.Request("solo"));

        Assert.Equal(RefusalCode.QuotaExceeded, refused.Refusal?.Code);
        Assert.StartsWith("QuotaExceeded", Assert.Single(await Filed(lab, 1)).Event.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RefusalCode.StorageUnavailable)]
    [InlineData(RefusalCode.Draining)]
    [InlineData(RefusalCode.ProviderUnavailable)]
    public async Task What_is_only_away_for_the_moment_is_no_refusal(RefusalCode code)
    {
        await using var lab = await Lab.Start();
        lab.Services.GetRequiredService<RefusedStarts>().Note(A.Ada, Lab.Brokered, new(code, "Away."));

        await Refuse(lab, A.Eve);

        Assert.Equal(A.Eve.Subject, Assert.Single(await Filed(lab, 1)).Subject);
    }

    [Fact]
    public async Task Whoever_is_refused_in_a_loop_fills_no_trail_but_is_counted()
    {
        await using var lab = await Lab.Start();
        for (var i = 0; i < RefusedStarts.EachPerMinute + 7; i++)
        {
            await Refuse(lab, A.Ada);
        }

        await Refuse(lab, A.Eve);
        lab.Clock.Advance(A.Seconds(61));
        await Refuse(lab, A.Eve);

        var filed = await Filed(lab, RefusedStarts.EachPerMinute + 3);
        Assert.Equal(RefusedStarts.EachPerMinute, filed.Count(each => each.Subject == A.Ada.Subject && each.Event.Kind is "start_refused"));
        Assert.Equal("7 more within a minute", Assert.Single(filed, each => each.Event.Kind is "starts_refused").Event.Detail);
        Assert.Equal(2, filed.Count(each => each.Subject == A.Eve.Subject));
    }

    [Fact]
    public async Task A_refusal_while_the_store_is_away_is_answered_at_once_and_filed_when_it_is_back()
    {
        await using var lab = await Lab.Start();
        lab.Database.IsDown = true;

        var waits = lab.Clock.Waits;
        lab.Services.GetRequiredService<RefusedStarts>().Note(A.Ada, Lab.Brokered, new(RefusalCode.Forbidden, "No."));
        await lab.Clock.WaitOf(A.Seconds(5), A.Seconds(5), after: waits);
        Assert.Equal(0, await Count(lab));
        lab.Database.IsDown = false;

        await Lab.Eventually(async () =>
        {
            lab.Clock.Advance(A.Seconds(1));
            return await Count(lab) is 1;
        });
    }

    private static async Task Refuse(Lab lab, UserId user)
    {
        var refused = await lab.Workflow().Start(Lab.Caller(user, scope: "nothing"), Lab.Request(Lab.Brokered));
        Assert.Equal(RefusalCode.Forbidden, refused.Refusal?.Code);
    }

    private static async Task<IReadOnlyList<FiledEvent>> Filed(Lab lab, int count)
    {
        await Lab.Eventually(async () => await Count(lab) >= count);
        return await lab.Services.GetRequiredService<AuditTrails>().Find(new(null, null, null, null), 100, null, TestContext.Current.CancellationToken);
    }

    private static async Task<long> Count(Lab lab) => (await lab.Query("SELECT count(*) FROM audit_trail", row => row.GetInt64(0))).Single();
}
