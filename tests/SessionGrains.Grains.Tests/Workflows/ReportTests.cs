using Xunit;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>Calls that the browser creates itself and reports.</summary>
public sealed class ReportTests
{
    [Fact]
    public async Task A_reported_call_makes_the_workflow_active_and_a_repeat_changes_nothing()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin(Lab.Direct);

        var first = await workflow.Grain.ReportCall(A.Ada, A.Call("one"));
        var again = await workflow.Grain.ReportCall(A.Ada, A.Call("one"));

        Assert.Equal((Phase.Active, "rtc_one"), (first.Value!.Phase, first.Value.Connection.CallId));
        Assert.Equal((Phase.Active, "rtc_one"), (again.Value!.Phase, again.Value.Connection.CallId));
        Assert.Contains("\"call_id\":\"rtc_one\"", await lab.Stored(workflow.Id));
        Assert.Empty(lab.OpenAI.HangUps.Asked);
    }

    [Fact]
    public async Task A_second_call_with_a_fresh_secret_replaces_the_first_which_is_hung_up()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall(Lab.Direct);
        await workflow.RenewSecret(A.Ada);

        var second = await workflow.Grain.ReportCall(A.Ada, A.Call("two"));

        Assert.Equal((Phase.Active, "rtc_two"), (second.Value!.Phase, second.Value.Connection.CallId));
        await lab.OpenAI.HangUps.WhenAsked();
        Assert.Equal(workflow.Call, lab.OpenAI.HangUps.Asked[0].CallId);
    }

    [Fact]
    public async Task A_second_call_with_one_secret_ends_the_workflow_and_hangs_both_up()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall(Lab.Direct);

        await workflow.Grain.ReportCall(A.Ada, A.Call("two"));

        Assert.Equal(EndReason.PolicyViolation, (await lab.Reaches(workflow.Id, Phase.Ended)).EndReason);
        Assert.Equal([workflow.Call, "rtc_two"], lab.OpenAI.HangUps.Asked.Select(asked => asked.CallId).Order());
    }

    [Fact]
    public async Task A_call_that_another_workflow_holds_is_refused_and_nobody_is_hung_up()
    {
        await using var lab = await Lab.Start();
        var holder = await lab.BeginCall(Lab.Direct);
        var other = await lab.Begin(Lab.Direct, A.Eve);

        Assert.Equal(RefusalCode.CallTaken, (await other.Grain.ReportCall(A.Eve, A.Call("reported"))).Refusal?.Code);
        Assert.Equal(RefusalCode.NotFound, (await other.Grain.ReportCall(A.Ada, A.Call("reported"))).Refusal?.Code);

        Assert.Equal(Phase.Active, (await holder.View()).Phase);
        Assert.Empty(lab.OpenAI.HangUps.Asked);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Nobody_can_have_the_call_of_another_hung_up_by_a_second_report_or_a_late_one(bool isLate)
    {
        await using var lab = await Lab.Start();
        var holder = await lab.BeginCall(Lab.Direct);
        var other = await lab.Begin(Lab.Direct, A.Eve);
        if (isLate)
        {
            await other.Grain.End(A.Eve, null);
        }
        else
        {
            Assert.Null((await other.Grain.ReportCall(A.Eve, A.Call("own"))).Refusal);
        }

        var refusal = (await other.Grain.ReportCall(A.Eve, CallId.Parse(holder.Call))).Refusal;

        Assert.Equal(RefusalCode.CallTaken, refusal?.Code);
        Assert.Equal(Phase.Active, (await holder.View()).Phase);
        Assert.DoesNotContain(holder.Call, lab.OpenAI.HangUps.Asked.Select(asked => asked.CallId));
    }

    [Fact]
    public async Task Of_two_workflows_that_report_one_call_at_the_same_moment_one_gets_it_and_the_other_can_go_on()
    {
        await using var lab = await Lab.Start();
        var (slow, quick) = (await lab.Begin(Lab.Direct), await lab.Begin(Lab.Direct, A.Eve));
        // Both have looked for a holder and found none before either is saved.
        var save = lab.Storage.HoldNext(next => next.CallId is not null);
        var reporting = slow.Grain.ReportCall(A.Ada, A.Call("one"));
        await save.Arrived;
        Assert.Null((await quick.Grain.ReportCall(A.Eve, A.Call("one"))).Refusal);

        save.Open();

        Assert.Equal(RefusalCode.CallTaken, (await reporting).Refusal?.Code);
        Assert.Equal(Phase.Ready, (await slow.View()).Phase);
        Assert.Null((await slow.Grain.ReportCall(A.Ada, A.Call("two"))).Refusal);
        Assert.Empty(lab.OpenAI.HangUps.Asked);
    }

    [Fact]
    public async Task Where_the_server_creates_the_calls_none_can_be_reported()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin();

        Assert.Equal(RefusalCode.WorkflowNotConnectable, (await workflow.Grain.ReportCall(A.Ada, A.Call("one"))).Refusal?.Code);
    }
}
