using SessionGrains.Grains.Tests.Workflows;
using Xunit;

namespace SessionGrains.Grains.Tests.ToolCalls;

/// <summary>Tool calls that the browser passes on, and what it may see of any.</summary>
public sealed class RelayTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_relayed_call_runs_once_and_a_repeat_gets_the_first_result()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Relayed);

        var first = await Relay(lab, workflow, A.Ada);
        var again = await Relay(lab, workflow, A.Ada);

        Assert.Equal((ToolCallStatus.Completed, ToolCallSource.Relay, false), (first.Value!.Call.Status, first.Value.Call.Source, first.Value.IsReplay));
        Assert.Equal((first.Value.Call, true), (again.Value!.Call, again.Value.IsReplay));
        Assert.Single(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task Of_copies_at_the_same_moment_one_is_the_first()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Relayed);

        var copies = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Relay(lab, workflow, A.Ada)));

        Assert.Single(copies, copy => !copy.Value!.IsReplay);
        Assert.Single(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task Only_the_owner_relays_only_in_client_secret_mode_only_while_there_is_a_call()
    {
        await using var lab = await ToolLab.Start();
        var brokered = await lab.BeginWithTools();
        var ready = await lab.Begin(ToolLab.Relayed);
        var active = await lab.BeginWithTools(ToolLab.Relayed);

        Assert.Equal(RefusalCode.RelayNotAllowed, (await Relay(lab, brokered, A.Ada)).Refusal?.Code);
        Assert.Equal(RefusalCode.NotFound, (await Relay(lab, brokered, A.Eve)).Refusal?.Code);
        Assert.Equal(RefusalCode.WorkflowNotConnectable, (await Relay(lab, ready, A.Ada)).Refusal?.Code);
        Assert.Equal(RefusalCode.NotFound, (await Relay(lab, active, A.Eve)).Refusal?.Code);

        await active.Grain.End(A.Ada, null);
        Assert.Equal(RefusalCode.WorkflowEnded, (await Relay(lab, active, A.Ada)).Refusal?.Code);
        Assert.Empty(lab.Tools.Runs.Asked);
    }

    [Theory, InlineData(PretendTools.Arguments), InlineData("""{"order_id":"B-2"}""")]
    public async Task A_stranger_who_asks_for_the_same_call_at_the_same_moment_gets_nothing_of_it_and_leaves_nothing(string arguments)
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Relayed);
        var save = lab.Storage.HoldNextOf<Grains.ToolCalls.ToolCallState>(_ => true);
        var owner = Relay(lab, workflow, A.Ada);
        await save.Arrived;
        var stranger = Relay(lab, workflow, A.Eve, arguments);

        save.Open();

        Assert.Equal(Refusal.NotFound, (await stranger).Refusal);
        Assert.Equal(ToolCallStatus.Completed, (await owner).Value!.Call.Status);
        await workflow.Grain.End(A.Ada, null);
        Assert.DoesNotContain("tool_refused", await Trail(lab, workflow));
    }

    [Theory, InlineData(PretendTools.Arguments), InlineData("""{"order_id":"B-2"}""")]
    public async Task Of_a_call_that_only_the_store_remembers_a_stranger_learns_nothing_and_leaves_nothing(string arguments)
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Relayed);
        await Relay(lab, workflow, A.Ada);
        await lab.Forget(lab.Call(workflow));

        Assert.Equal(Refusal.NotFound, (await Relay(lab, workflow, A.Eve, arguments)).Refusal);

        await workflow.Grain.End(A.Ada, null);
        Assert.DoesNotContain("tool_refused", await Trail(lab, workflow));
    }

    [Theory, InlineData("""{"order_id":"B-2"}"""), InlineData("{}")]
    public async Task A_call_that_only_the_store_remembers_is_the_same_one_and_a_different_wish_under_its_id_a_conflict_that_is_noted_once(string otherArguments)
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Relayed);
        var first = await Relay(lab, workflow, A.Ada);

        await lab.Forget(lab.Call(workflow));
        var again = await Relay(lab, workflow, A.Ada);
        await lab.Forget(lab.Call(workflow));
        var other = await Relay(lab, workflow, A.Ada, otherArguments);

        Assert.Equal((first.Value!.Call, true), (again.Value!.Call, again.Value.IsReplay));
        Assert.Equal(RefusalCode.ToolCallConflict, other.Refusal?.Code);
        Assert.Single(lab.Tools.Runs.Asked);
        await workflow.Grain.End(A.Ada, null);
        Assert.Single(await Trail(lab, workflow), "tool_refused");
    }

    [Fact]
    public async Task A_stranger_learns_nothing_of_a_call_whose_beginning_could_not_be_stored()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Relayed);
        var save = lab.Storage.HoldRefusalOfNextOf<Grains.ToolCalls.ToolCallState>(_ => true);
        var owner = Relay(lab, workflow, A.Ada);
        await save.Arrived;
        var stranger = Relay(lab, workflow, A.Eve);

        save.Open();

        Assert.Equal(RefusalCode.StorageUnavailable, (await owner).Refusal?.Code);
        Assert.Equal(Refusal.NotFound, (await stranger).Refusal);
    }

    [Fact]
    public async Task Of_a_workflow_that_is_over_and_forgotten_its_owner_hears_that_it_has_ended_and_a_stranger_nothing()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Relayed);
        await workflow.Grain.End(A.Ada, null);
        await lab.Query("DELETE FROM orleansstorage WHERE graintypestring = 'workflow' RETURNING 1", row => row.GetInt32(0));
        await lab.Forget(workflow);

        Assert.Equal(RefusalCode.WorkflowEnded, (await Relay(lab, workflow, A.Ada)).Refusal?.Code);
        Assert.Equal(Refusal.NotFound, (await Relay(lab, workflow, A.Eve)).Refusal);
    }

    [Fact]
    public async Task The_owner_sees_a_call_until_its_workflow_ends_and_a_stranger_never()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        await lab.Ran(workflow, PretendTools.Refund);
        await lab.Ran(workflow, PretendTools.Lookup, "call_2");

        Assert.Equal("issue_refund done", (await lab.Call(workflow).View(A.Ada)).Value!.Output);
        Assert.Equal("lookup_order done", (await lab.Call(workflow, "call_2").View(A.Ada)).Value!.Output);
        Assert.Equal(Refusal.NotFound, (await lab.Call(workflow).View(A.Eve)).Refusal);
        Assert.Equal(Refusal.NotFound, (await lab.Call(workflow, "call_9").View(A.Eve)).Refusal);
        Assert.Equal(Refusal.NoSuchToolCall, (await lab.Call(workflow, "call_9").View(A.Ada)).Refusal);

        await workflow.Grain.End(A.Ada, null);
        Assert.Equal(Refusal.NoSuchToolCall, (await lab.Call(workflow).View(A.Ada)).Refusal);
        Assert.Equal(Refusal.NoSuchToolCall, (await lab.Call(workflow, "call_2").View(A.Ada)).Refusal);
    }

    [Fact]
    public async Task A_store_that_is_away_is_an_answer()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Relayed);
        lab.Storage.RefuseNextOf<Grains.ToolCalls.ToolCallState>(_ => true);

        var away = await Relay(lab, workflow, A.Ada);

        Assert.Equal(RefusalCode.StorageUnavailable, away.Refusal?.Code);
        Assert.NotNull(away.Refusal!.RetryAfter);
        Assert.Equal(ToolCallStatus.Completed, (await Relay(lab, workflow, A.Ada)).Value!.Call.Status);
    }

    private static Task<Outcome<ToolCallAnswer>> Relay(Lab lab, Running workflow, UserId caller, string arguments = PretendTools.Arguments) =>
        lab.Call(workflow).Relay(caller, PretendTools.Refund, arguments, Cancellation);

    private static Task<IReadOnlyList<string>> Trail(Lab lab, Running workflow) =>
        lab.Query("SELECT kind FROM audit_event WHERE workflow_id = @id", row => row.GetString(0), ("id", workflow.Id.Value));
}
