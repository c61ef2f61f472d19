using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Grains.ToolCalls;
using Xunit;
using static SessionGrains.Grains.Tests.ToolCalls.ACall;

namespace SessionGrains.Grains.Tests.ToolCalls;

/// <summary>Calls that run only when somebody agrees.</summary>
public sealed class ApprovalTests
{
    [Theory]
    [InlineData(PretendTools.Refund)]
    [InlineData(PretendTools.Lookup)]
    public async Task Nothing_runs_before_the_user_agreed_and_it_costs_three_writes(string tool)
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Asking);
        var (call, hash) = await lab.Ask(workflow, tool);
        Assert.Equal((A.Noon + A.Seconds(120), PretendTools.Arguments), ((await call.View(A.Ada)).Value!.ApproveBy, (await call.View(A.Ada)).Value!.Arguments));
        Assert.Empty(lab.Tools.Runs.Asked);

        var decided = await call.Decide(Owner, true, hash);

        Assert.Equal((ToolCallStatus.Completed, null), (decided.Value!.Status, decided.Value.Arguments));
        Assert.Equal(ToolCallStatus.Completed, (await lab.Ran(workflow, tool)).Status);
        Assert.Single(lab.Tools.Runs.Asked);
        Assert.Equal(3, lab.ToolCallWrites());
    }

    [Fact]
    public async Task A_call_that_was_denied_never_runs_and_the_model_is_told()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Asking);
        var (call, hash) = await lab.Ask(workflow, PretendTools.Refund);

        Assert.Equal(ToolCallStatus.Denied, (await call.Decide(Owner, false, hash)).Value!.Status);
        Assert.Equal(ToolCallStatus.Denied, (await call.Decide(Owner, false, hash)).Value!.Status);
        Assert.Equal(RefusalCode.ToolCallConflict, (await call.Decide(Owner, true, hash)).Refusal?.Code);

        Assert.Contains("denied", (await lab.Ran(workflow, PretendTools.Refund)).Output, StringComparison.Ordinal);
        Assert.Empty(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task Who_agrees_at_the_same_moment_runs_it_once()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Asking);
        var (call, hash) = await lab.Ask(workflow, PretendTools.Refund);

        var decided = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => call.Decide(Owner, true, hash)));

        Assert.All(decided, one => Assert.Equal(ToolCallStatus.Completed, one.Value!.Status));
        Assert.Single(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task Strangers_find_nothing_and_operators_decide_only_what_is_theirs()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Asking);
        var (users, hash) = await lab.Ask(workflow, PretendTools.Refund);
        var (operators, _) = await lab.Ask(workflow, PretendTools.Book, "call_2");
        var stranger = new Approver(A.Eve, IsOperator: false);

        Assert.Equal(Refusal.NotFound, (await users.Decide(stranger, true, hash)).Refusal);
        Assert.Equal(Refusal.NotFound, (await lab.Call(workflow, "call_9").Decide(stranger, true, hash)).Refusal);
        Assert.Equal(RefusalCode.Forbidden, (await users.Decide(Operator, true, hash)).Refusal?.Code);
        Assert.Equal(RefusalCode.Forbidden, (await operators.Decide(Owner, true, hash)).Refusal?.Code);
        Assert.Equal(RefusalCode.ToolCallConflict, (await operators.Decide(Operator, true, "sha256:other")).Refusal?.Code);
        Assert.Empty(lab.Tools.Runs.Asked);

        Assert.Equal(ToolCallStatus.Completed, (await operators.Decide(Operator, true, hash)).Value!.Status);
    }

    [Fact]
    public async Task What_an_operator_must_agree_to_is_shown_to_operators_and_not_to_the_owner_of_the_workflow()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Asking);
        var opened = await workflow.Grain.Events(A.Ada, null, opens: true, TestContext.Current.CancellationToken);
        var (users, _) = await lab.Ask(workflow, PretendTools.Refund);
        var (operators, _) = await lab.Ask(workflow, PretendTools.Book, "call_2");
        await Lab.Eventually(async () => (await workflow.Grain.Inspect()).Value!.Approvals.Length is 2);

        var live = await workflow.Grain.Events(A.Ada, opened.Value!.Events[^1].Id, opens: false, TestContext.Current.CancellationToken);
        var again = await workflow.Grain.Events(A.Ada, null, opens: true, TestContext.Current.CancellationToken);
        ToolCallView[] forOwner =
        [
            (await users.View(A.Ada)).Value!,
            (await operators.View(A.Ada)).Value!,
            .. live.Value!.Events.Concat(again.Value!.Events).Select(Call).OfType<ToolCallView>(),
        ];

        Assert.Equal(8, forOwner.Length);
        Assert.All(forOwner, call => Assert.Equal(
            call.Name is PretendTools.Refund ? (ToolCallApprover.User, PretendTools.Arguments) : (ToolCallApprover.Operator, null), (call.Approver, call.Arguments)));
        Assert.All((await workflow.Grain.Inspect()).Value!.Approvals, call => Assert.Equal(PretendTools.Arguments, call.Arguments));

        static ToolCallView? Call(WorkflowEvent told) => told switch
        {
            WorkflowEvent.ToolCallUpdated(var call) => call,
            WorkflowEvent.ApprovalRequested(var call) => call,
            _ => null,
        };
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_that_nobody_agreed_to_in_two_minutes_is_denied_also_after_its_activation_was_lost(bool isLost)
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Asking);
        var (call, hash) = await lab.Ask(workflow, PretendTools.Refund);
        if (isLost)
        {
            await lab.Forget(call);
        }

        lab.Clock.Advance(A.Seconds(119));
        Assert.Equal(ToolCallStage.PendingApproval, (await lab.Row(workflow))?.Stage);
        lab.Clock.Advance(A.Seconds(1));

        await Lab.Eventually(async () =>
        {
            // The workflow looks after it now and then, where the call's own timer is gone.
            lab.Clock.Advance(A.Seconds(1));
            return (await lab.Row(workflow))?.Stage is ToolCallStage.Denied;
        });
        Assert.Equal(RefusalCode.ToolCallConflict, (await call.Decide(Owner, true, hash)).Refusal?.Code);
        Assert.Empty(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task An_approval_that_is_waited_for_survives_the_silo()
    {
        DirectoryInfo folder;
        Running workflow;
        string hash;
        await using (var before = await ToolLab.Start())
        {
            workflow = await before.BeginWithTools(ToolLab.Asking);
            (_, hash) = await before.Ask(workflow, PretendTools.Refund);
            folder = await before.Copy();
        }

        await using (var lab = await ToolLab.Start(folder: folder, now: A.Noon + A.Seconds(30)))
        {
            Assert.Equal(ToolCallStatus.PendingApproval, (await lab.Ran(workflow, PretendTools.Refund)).Status);
            Assert.Equal(ToolCallStatus.Completed, (await lab.Call(workflow).Decide(Owner, true, hash)).Value!.Status);
            Assert.Single(lab.Tools.Runs.Asked);
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_decision_that_may_have_been_written_and_was_not_carried_out_is_unknown()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Asking);
        var (call, hash) = await lab.Ask(workflow, PretendTools.Refund);
        lab.Storage.LoseAnswerOfNextOf<ToolCallState>(next => next.Stage is ToolCallStage.Started);

        Assert.Equal(RefusalCode.StorageUnavailable, (await call.Decide(Owner, true, hash)).Refusal?.Code);

        Assert.Equal(ToolCallStatus.Unknown, (await lab.Ran(workflow, PretendTools.Refund)).Status);
        Assert.Equal(ToolCallStatus.Unknown, (await call.Decide(Owner, true, hash)).Value!.Status);
        Assert.Empty(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task Agreeing_does_not_outlive_the_workflow()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Asking);
        var (users, hash) = await lab.Ask(workflow, PretendTools.Refund);
        var (operators, _) = await lab.Ask(workflow, PretendTools.Book, "call_2");
        await workflow.Grain.End(A.Ada, null);

        Assert.Equal(RefusalCode.NotFound, (await users.Decide(Owner, true, hash)).Refusal?.Code);
        Assert.Equal(RefusalCode.NotFound, (await operators.Decide(Operator, true, hash)).Refusal?.Code);
        Assert.Empty(lab.Tools.Runs.Asked);
    }
}
