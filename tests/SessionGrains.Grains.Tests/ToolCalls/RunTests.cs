using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Tools.Running;
using Xunit;

namespace SessionGrains.Grains.Tests.ToolCalls;

/// <summary>Tool calls on a silo where nothing breaks.</summary>
public sealed class RunTests
{
    [Fact]
    public async Task A_call_runs_for_the_workflows_user_and_answers_with_what_the_tool_said()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();

        var view = await lab.Ran(workflow, PretendTools.Refund);

        Assert.Equal((ToolCallStatus.Completed, "issue_refund done", ToolCallSource.Sideband), (view.Status, view.Output!, view.Source));
        var asked = lab.Tools.Runs.Asked.Single().Request;
        Assert.Equal((workflow.Id.Value, "call_1", "ada", "acme", 1), (asked.WorkflowId, asked.CallId, asked.Subject, asked.Tenant!, asked.Attempt));
        Assert.Equal((await workflow.View()).ExpiresAt, asked.Deadline);
        Assert.Equal("A-1", asked.Arguments.GetProperty("order_id").GetString());
    }

    [Theory]
    [InlineData(PretendTools.Lookup)]
    [InlineData(PretendTools.Book)]
    [InlineData(PretendTools.Refund)]
    public async Task Copies_of_one_call_run_it_once_and_get_the_same_answer(string tool)
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        var gate = lab.Tools.Runs.Hold();
        var copies = Enumerable.Range(0, 5).Select(_ => lab.Ran(workflow, tool)).ToArray();
        await gate.Arrived;
        gate.Open();

        var views = await Task.WhenAll(copies);
        var late = await lab.Ran(workflow, tool, arguments: """{ "order_id": "A-1" }""");

        Assert.All(views, view => Assert.Equal(views[0], view));
        Assert.Equal(views[0], late);
        Assert.Single(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task An_id_that_comes_with_another_tool_or_other_arguments_is_a_conflict()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        await lab.Ran(workflow, PretendTools.Refund);

        Assert.Equal(RefusalCode.ToolCallConflict, (await lab.Run(workflow, PretendTools.Refund, arguments: """{"order_id":"B-2"}""")).Refusal?.Code);
        Assert.Equal(RefusalCode.ToolCallConflict, (await lab.Run(workflow, PretendTools.Book)).Refusal?.Code);
        Assert.Single(lab.Tools.Runs.Asked);
    }

    [Theory]
    [InlineData(PretendTools.Lookup, 0)]
    [InlineData(PretendTools.Book, 2)]
    [InlineData(PretendTools.Refund, 2)]
    public async Task A_call_that_may_change_something_costs_two_writes_and_one_that_reads_none(string tool, int writes)
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();

        await lab.Ran(workflow, tool);
        await lab.Ran(workflow, tool);

        Assert.Equal(writes, lab.ToolCallWrites());
        Assert.Equal(writes > 0 ? 1 : 0, (await lab.ToolCalls(workflow.Id)).Count);
    }

    [Fact]
    public async Task It_is_written_down_before_the_tool_runs()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        ToolCallState? then = null;
        lab.Tools.Runs.Next(async _ =>
        {
            then = await lab.Row(workflow);
            return new ToolResult.Completed("", false);
        });

        await lab.Ran(workflow, PretendTools.Refund);

        Assert.Equal((ToolCallStage.Started, PretendTools.Arguments), (then!.Stage, then.Arguments));
    }

    [Fact]
    public async Task What_is_refused_leaves_nothing_behind_and_is_judged_anew()
    {
        await using var lab = await ToolLab.Start(tools: """["issue_refund"]""");
        var workflow = await lab.BeginWithTools();

        Assert.Equal(RefusalCode.ToolNotAllowed, (await lab.Run(workflow, PretendTools.Book)).Refusal?.Code);
        Assert.Equal(RefusalCode.ToolNotAllowed, (await lab.Run(workflow, "drop_tables", arguments: "{}")).Refusal?.Code);
        var wrong = await lab.Run(workflow, PretendTools.Refund, arguments: """{"order":1}""");
        Assert.Equal(RefusalCode.InvalidToolArguments, wrong.Refusal?.Code);
        Assert.Contains("order_id", wrong.Refusal!.Detail, StringComparison.Ordinal);
        Assert.Empty(lab.Tools.Runs.Asked);
        Assert.Equal(0, lab.ToolCallWrites());

        Assert.Equal(ToolCallStatus.Completed, (await lab.Ran(workflow, PretendTools.Refund)).Status);
    }

    [Fact]
    public async Task A_tool_that_takes_long_is_answered_as_running_and_asked_after_again()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        var gate = lab.Tools.Runs.Hold();
        var waits = lab.Clock.Waits;
        var asking = lab.Ran(workflow, PretendTools.Refund);
        await gate.Arrived;
        await lab.Clock.WaitOf(A.Seconds(10), A.Seconds(10), after: waits);
        lab.Clock.Advance(A.Seconds(10));
        Assert.Equal(ToolCallStatus.Running, (await asking).Status);

        var again = lab.Ran(workflow, PretendTools.Refund);
        gate.Open();

        Assert.Equal(ToolCallStatus.Completed, (await again).Status);
        Assert.Single(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task A_silo_that_was_frozen_between_the_permission_and_the_tool_sends_nothing()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        var write = lab.Storage.HoldAnswerOfNextOf<ToolCallState>(next => next.Stage is ToolCallStage.Started);
        var running = lab.Ran(workflow, PretendTools.Refund);
        await write.Arrived;
        lab.Clock.Advance(A.Seconds(5.1));
        write.Open();

        Assert.Equal(ToolCallStatus.Failed, (await running).Status);
        Assert.Empty(lab.Tools.Runs.Asked);
        Assert.Equal(ToolCallStage.Failed, (await lab.Row(workflow))?.Stage);
    }

    [Fact]
    public async Task A_frozen_silo_whose_call_was_erased_meanwhile_sends_nothing_and_writes_nothing()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        var write = lab.Storage.HoldAnswerOfNextOf<ToolCallState>(next => next.Stage is ToolCallStage.Started);
        var running = lab.Run(workflow, PretendTools.Refund);
        await write.Arrived;
        await lab.Query("DELETE FROM orleansstorage WHERE graintypestring = 'tool_call'", _ => 0);
        lab.Clock.Advance(A.Seconds(5.1));
        write.Open();

        Assert.Equal(RefusalCode.NotFound, (await running).Refusal?.Code);
        Assert.Empty(lab.Tools.Runs.Asked);
        Assert.Null(await lab.Row(workflow));
    }

    [Fact]
    public async Task A_silo_that_missed_the_end_sends_nothing_that_it_hears_of_afterwards()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        // Another silo took over, ran the call, and ended the workflow: its rows are gone, and this silo's memory knows nothing of all that.
        await lab.Query(
            """
            UPDATE orleansstorage SET payloadbinary = CAST(replace(CAST(payloadbinary AS TEXT), '"phase":"active"', '"phase":"ended"') AS BLOB), version = version + 1
            WHERE graintypestring = 'workflow'
            """,
            _ => 0);

        await Assert.ThrowsAnyAsync<InconsistentStateException>(() => lab.Run(workflow, PretendTools.Refund));

        Assert.Empty(lab.Tools.Runs.Asked);
        Assert.Null(await lab.Row(workflow));
    }

    [Fact]
    public async Task Where_no_call_is_no_tool_runs()
    {
        await using var lab = await ToolLab.Start();
        var ready = await lab.Begin(ToolLab.Free);
        var ended = await lab.BeginWithTools();
        await ended.Grain.End(A.Ada, null);

        Assert.Equal(RefusalCode.WorkflowNotConnectable, (await lab.Run(ready, PretendTools.Refund)).Refusal?.Code);
        Assert.Equal(RefusalCode.WorkflowEnded, (await lab.Run(ended, PretendTools.Refund)).Refusal?.Code);
        Assert.Equal(RefusalCode.NotFound, (await lab.Run(lab.Workflow(), PretendTools.Refund)).Refusal?.Code);
        Assert.Empty(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task Nothing_that_a_call_carries_is_in_the_log()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        lab.Tools.Runs.Next(new ToolResult.Completed("canary-output", false));
        lab.Tools.Runs.Next(new ToolResult.Unknown("canary-detail"));

        await lab.Ran(workflow, PretendTools.Refund, arguments: """{"order_id":"canary-argument"}""");
        await lab.Ran(workflow, PretendTools.Book, "call_2", """{"order_id":"canary-argument"}""");
        await lab.Run(workflow, "canary-tool!", "call_3", """{"canary-name":"canary-argument"}""");

        Assert.Contains("call_2", lab.Logs.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-argument", lab.Logs.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-output", lab.Logs.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-detail", lab.Logs.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-tool!", lab.Logs.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_that_stops_waits_for_the_tool_and_keeps_what_came_of_it()
    {
        var before = await ToolLab.Start();
        var workflow = await before.BeginWithTools();
        var gate = before.Tools.Runs.Hold();
        _ = before.Run(workflow, PretendTools.Refund);
        await gate.Arrived;
        var waits = before.Clock.Waits;
        var stopping = before.Stop();
        // The patience of the drain: from here on it waits for what is under way.
        await before.Clock.WaitOf(A.Seconds(12), A.Seconds(12), after: waits);
        gate.Open();
        await stopping;

        await using (var lab = await ToolLab.Start(folder: before.Folder))
        {
            Assert.Equal(ToolCallStage.Completed, (await lab.Row(workflow))?.Stage);
            Assert.Equal(ToolCallStatus.Completed, (await lab.Ran(workflow, PretendTools.Refund)).Status);
            Assert.Empty(lab.Tools.Runs.Asked);
        }

        before.Folder.Delete(recursive: true);
    }

    [Fact]
    public async Task An_activation_that_goes_in_good_order_keeps_what_came_of_its_tool()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        var gate = lab.Tools.Runs.Hold();
        var waits = lab.Clock.Waits;
        var asking = lab.Ran(workflow, PretendTools.Refund);
        await gate.Arrived;
        await lab.Clock.WaitOf(A.Seconds(10), A.Seconds(10), after: waits);
        lab.Clock.Advance(A.Seconds(10));
        Assert.Equal(ToolCallStatus.Running, (await asking).Status);
        waits = lab.Clock.Waits;
        var forgetting = lab.Forget(lab.ToolCall(workflow.Id, "call_1"));
        await lab.Clock.WaitOf(A.Seconds(6), A.Seconds(6), after: waits);
        gate.Open();
        await forgetting;

        Assert.Equal(ToolCallStage.Completed, (await lab.Row(workflow))?.Stage);
        Assert.Equal(ToolCallStatus.Completed, (await lab.Ran(workflow, PretendTools.Refund)).Status);
        Assert.Single(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task A_workflow_that_began_here_knows_that_nothing_is_stored_of_its_tool_calls()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        var claim = new ToolClaim(ToolCallId.Parse("call_1"), PretendTools.Book, "sha256:1", null, null, SessionGrains.Tools.ToolEffect.Keyed);

        lab.Database.IsDown = true;
        Assert.Null((await lab.Grains.GetGrain<IWorkflowTools>(workflow.Id.Value).Admit(claim)).Refusal);

        await lab.Forget(workflow);
        await Assert.ThrowsAnyAsync<Exception>(() => lab.Grains.GetGrain<IWorkflowTools>(workflow.Id.Value).Admit(claim with { CallId = ToolCallId.Parse("call_2") }));
    }

    [Fact]
    public async Task A_call_that_its_workflow_hears_of_for_the_first_time_is_not_looked_for_in_the_store()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();

        await lab.Ran(workflow, PretendTools.Refund);
        Assert.DoesNotContain(lab.Storage.Read, read => read.StateName == "tool_call");

        await lab.Forget(lab.Call(workflow));
        Assert.Equal(ToolCallStatus.Completed, (await lab.Ran(workflow, PretendTools.Refund)).Status);
        Assert.Equal(("tool_call", $"{workflow.Id}/call_1"), Assert.Single(lab.Storage.Read, read => read.StateName == "tool_call"));
        Assert.Single(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task A_store_that_is_away_when_an_earlier_call_is_asked_for_is_asked_again()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        await lab.Ran(workflow, PretendTools.Refund);
        await lab.Forget(lab.Call(workflow));

        lab.Database.IsDown = true;
        await Assert.ThrowsAnyAsync<Exception>(() => lab.Run(workflow, PretendTools.Refund));
        lab.Database.IsDown = false;

        Assert.Equal(ToolCallStatus.Completed, (await lab.Ran(workflow, PretendTools.Refund)).Status);
        Assert.Single(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task What_calls_and_workflows_say_to_each_other_can_cross_from_silo_to_silo()
    {
        await using var lab = await ToolLab.Start();
        var serializer = lab.Services.GetRequiredService<Orleans.Serialization.Serializer>();
        var claim = new ToolClaim(ToolCallId.Parse("call_1"), PretendTools.Book, "sha256:1", null, A.Ada, SessionGrains.Tools.ToolEffect.Keyed);
        var grant = new ToolGrant(A.Ada, SessionGrains.Grains.Definitions.Approval.Operator, A.Noon, IsNew: true);
        var outcome = new ToolCallOutcome(ToolCallViews.Of(ACall.Key, ACall.Denied()), EndsWorkflow: true);

        Assert.Equal(claim, serializer.Deserialize<ToolClaim>(serializer.SerializeToArray(claim)));
        Assert.Equal(grant, serializer.Deserialize<ToolGrant>(serializer.SerializeToArray(grant)));
        Assert.Equal(outcome, serializer.Deserialize<ToolCallOutcome>(serializer.SerializeToArray(outcome)));
    }
}
