using Xunit;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>What operators see and do, with workflows that are not theirs.</summary>
public sealed class OperatorTests
{
    private static readonly UserId Olga = new("https://issuer.test", "operations", "olga");

    [Fact]
    public async Task A_revoked_workflow_ends_with_its_call_hung_up_and_says_who_revoked_it_and_why()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();

        var revoked = (await workflow.Grain.Revoke(Olga, "abuse")).Value!;

        Assert.Equal((Phase.Ended, EndReason.Revoked, HangUpResult.Confirmed), (revoked.Workflow.Phase, revoked.Workflow.EndReason, revoked.Workflow.HangUp));
        Assert.Equal((A.Ada, "abuse"), (revoked.Owner, revoked.ReasonDetail));
        Assert.Contains(revoked.Trail, entry => entry is { Kind: "revoked", Detail: "by olga" });
        Assert.Equal([new(workflow.Call, null)], lab.OpenAI.HangUps.Asked);
        Assert.Equal(EndReason.Revoked, (await workflow.View()).EndReason);
    }

    [Fact]
    public async Task Revoking_again_changes_nothing()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        var first = (await workflow.Grain.Revoke(Olga, "abuse")).Value!;

        var second = (await workflow.Grain.Revoke(Olga, "once more")).Value!;

        Assert.Equal((first.Workflow.EndedAt, first.ReasonDetail), (second.Workflow.EndedAt, second.ReasonDetail));
        Assert.Equal(first.Trail, second.Trail);
    }

    [Fact]
    public async Task What_ended_before_keeps_its_reason()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        await workflow.Grain.End(A.Ada, null);

        Assert.Equal(EndReason.UserEnded, (await workflow.Grain.Revoke(Olga, "abuse")).Value!.Workflow.EndReason);
    }

    [Fact]
    public async Task A_live_workflow_is_seen_with_its_owner_and_what_happened_so_far()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();

        var seen = (await workflow.Grain.Inspect()).Value!;

        Assert.Equal((Phase.Active, A.Ada), (seen.Workflow.Phase, seen.Owner));
        Assert.Equal(["started", "connecting", "connected"], seen.Trail.Select(entry => entry.Kind));
    }

    [Fact]
    public async Task Of_what_never_was_nothing_is_seen_revoked_or_kept()
    {
        await using var lab = await Lab.Start();
        var nobody = lab.Workflow();

        Assert.Equal(RefusalCode.NotFound, (await nobody.Grain.Inspect()).Refusal?.Code);
        Assert.Equal(RefusalCode.NotFound, (await nobody.Grain.Revoke(Olga, null)).Refusal?.Code);
        Assert.Null(await lab.Stored(nobody.Id));
    }
}
