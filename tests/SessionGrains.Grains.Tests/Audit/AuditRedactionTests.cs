using SessionGrains.Grains.Audit;
using SessionGrains.Grains.Storage;
using SessionGrains.Testing;
using Xunit;
using static SessionGrains.Grains.Tests.Storage.TestDatabase;

namespace SessionGrains.Grains.Tests.Audit;

/// <summary>What the audit trail holds of people.</summary>
public sealed class AuditRedactionTests(TestPostgres server)
{
    private static readonly AuditRedaction Redacting = new([AuditRedaction.Owner, AuditRedaction.Tenant], "salt");

    [Fact]
    public void Only_the_fields_that_are_named_are_redacted()
    {
        var trail = Trail("wf_1");

        Assert.Equal(trail, AuditRedaction.None.Apply(trail));
        var ownerless = new AuditRedaction([AuditRedaction.Owner], "salt").Apply(trail);
        Assert.Equal("acme", ownerless.Tenant);
        Assert.Matches("^hash:[0-9a-f]{24}$", ownerless.Subject);
    }

    [Fact]
    public void The_hash_of_a_name_is_always_the_same_and_another_salt_gives_another()
    {
        Assert.Equal(Redacting.Apply(Trail("wf_1")).Subject, Redacting.Apply(Trail("wf_2")).Subject);
        Assert.NotEqual(Redacting.Apply(Trail("wf_1")).Subject, new AuditRedaction([AuditRedaction.Owner], "other").Apply(Trail("wf_1")).Subject);
        Assert.NotEqual(Redacting.Apply(Trail("wf_1") with { Tenant = "ada" }).Subject, Redacting.Apply(Trail("wf_1") with { Tenant = "ada" }).Tenant);
    }

    [Fact]
    public void An_operator_is_always_named() => Assert.Equal("ada", Redacting.Apply(Trail("op_1")).Subject);

    [Fact]
    public void A_field_that_cannot_be_redacted_stops_the_host_with_a_sentence()
    {
        var refused = new AuditOptionsValidator().Validate(null, new() { Redact = { "owner", "ownr" } });

        Assert.Equal("SessionGrains:Audit:Redact: \"ownr\" is no field that can be redacted; those are: owner, tenant.", Assert.Single(refused.Failures!));
        Assert.True(new AuditOptionsValidator().Validate(null, new() { Redact = { "owner", "tenant" } }).Succeeded);
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task No_name_is_filed_and_who_asks_by_it_still_finds_what_happened(string kind)
    {
        await using var database = await Create(kind, server);
        var trails = new AuditTrails(database.Source, database.Dialect, Redacting);
        await trails.File(Trail("wf_1"), TestContext.Current.CancellationToken);
        await trails.File(Trail("wf_2") with { Subject = "bob" }, TestContext.Current.CancellationToken);
        await new History(database.Source, database.Dialect, Redacting).Deliver(
            new("wf_3", "user/1", "tenant/1", "intake", "completed", Noon, Noon, "{}", [new(0, Noon, "started", "")]) { Subject = "ada", Tenant = "acme" },
            TestContext.Current.CancellationToken);

        var found = await trails.Find(new(null, "ada", "acme", null), 9, null, TestContext.Current.CancellationToken);

        Assert.Equal(["wf_1", "wf_3"], found.Select(each => each.Id).Distinct().Order());
        Assert.Equal(0, await database.Scalar<long>("SELECT count(*) FROM audit_trail WHERE subject IN ('ada', 'bob') OR tenant = 'acme'"));
    }

    private static AuditTrail Trail(string id) => new(id, Noon, "ada", "acme", "intake", [new(0, Noon, "started", "Sealed")]);
}
