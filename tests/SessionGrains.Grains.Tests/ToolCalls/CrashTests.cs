using Orleans.Storage;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Tools.Running;
using Xunit;

namespace SessionGrains.Grains.Tests.ToolCalls;

/// <summary>Tool calls whose silo dies, freezes or loses its store between any two steps.</summary>
public sealed class CrashTests
{
    [Fact]
    public async Task A_call_that_could_not_be_written_down_is_not_sent_and_runs_when_it_is_asked_for_again()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        lab.Storage.RefuseNextOf<ToolCallState>(next => next.Stage is ToolCallStage.Started);

        await Assert.ThrowsAnyAsync<Exception>(() => lab.Run(workflow, PretendTools.Refund));
        Assert.Empty(lab.Tools.Runs.Asked);

        Assert.Equal(ToolCallStatus.Completed, (await lab.Ran(workflow, PretendTools.Refund)).Status);
        Assert.Single(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task An_unkeyed_call_that_may_have_been_written_down_is_unknown_and_the_same_is_not_done_again()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        lab.Storage.LoseAnswerOfNextOf<ToolCallState>(next => next.Stage is ToolCallStage.Started);

        await Assert.ThrowsAnyAsync<Exception>(() => lab.Run(workflow, PretendTools.Refund));

        Assert.Equal(ToolCallStatus.Unknown, (await lab.Ran(workflow, PretendTools.Refund)).Status);
        Assert.Equal(RefusalCode.ToolNotAllowed, (await lab.Run(workflow, PretendTools.Refund, "call_2")).Refusal?.Code);
        Assert.Empty(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task A_keyed_call_that_may_have_been_written_down_is_sent_with_its_key_as_another_attempt()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        lab.Storage.LoseAnswerOfNextOf<ToolCallState>(next => next.Stage is ToolCallStage.Started);

        await Assert.ThrowsAnyAsync<Exception>(() => lab.Run(workflow, PretendTools.Book));
        Assert.Equal(ToolCallStatus.Completed, (await lab.Ran(workflow, PretendTools.Book)).Status);

        var asked = lab.Tools.Runs.Asked.Single().Request;
        Assert.Equal((new ToolCallKey(workflow.Id, ToolCallId.Parse("call_1")).IdempotencyKeyFor(PretendTools.Book), 2), (asked.IdempotencyKey, asked.Attempt));
    }

    [Fact]
    public async Task Of_two_activations_that_begin_the_same_call_the_one_that_writes_second_sends_nothing()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        lab.Storage.OvertakeNextOf<ToolCallState>(
            next => next.Stage is ToolCallStage.Started, _ => ACall.Begun() with { Activation = "the other one" });

        await Assert.ThrowsAsync<InconsistentStateException>(() => lab.Run(workflow, PretendTools.Refund));

        Assert.Empty(lab.Tools.Runs.Asked);
        Assert.Equal("the other one", (await lab.Row(workflow))?.Activation);
    }

    [Fact]
    public async Task The_outcome_that_was_stored_first_is_the_answer_of_a_thawed_silo_too()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        lab.Storage.OvertakeNextOf<ToolCallState>(
            next => next.Stage is ToolCallStage.Completed,
            there => ToolCallRules.Finish(there, new ToolResult.Unknown("The server that ran it was lost."), A.Noon));

        Assert.Equal(ToolCallStatus.Unknown, (await lab.Ran(workflow, PretendTools.Refund)).Status);
        Assert.Equal(ToolCallStatus.Unknown, (await lab.Ran(workflow, PretendTools.Refund)).Status);
        Assert.Equal(ToolCallStage.Unknown, (await lab.Row(workflow))?.Stage);
        Assert.Single(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task An_outcome_whose_write_found_another_version_of_the_same_call_is_written_all_the_same()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        lab.Storage.OvertakeNextOf<ToolCallState>(next => next.Stage is ToolCallStage.Completed);
        var waits = lab.Clock.Waits;

        var running = lab.Ran(workflow, PretendTools.Refund);
        await lab.Clock.WaitOf(A.Seconds(0.25), A.Seconds(0.25), after: waits);
        lab.Clock.Advance(A.Seconds(0.25));

        Assert.Equal(ToolCallStatus.Completed, (await running).Status);
        Assert.Equal(ToolCallStage.Completed, (await lab.Row(workflow))?.Stage);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_outcome_that_could_not_be_written_is_kept_and_written_when_the_store_is_back(bool wasWritten)
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        if (wasWritten)
        {
            lab.Storage.LoseAnswerOfNextOf<ToolCallState>(next => next.Stage is ToolCallStage.Completed);
        }
        else
        {
            lab.Storage.RefuseNextOf<ToolCallState>(next => next.Stage is ToolCallStage.Completed);
        }

        var waits = lab.Clock.Waits;
        var running = lab.Ran(workflow, PretendTools.Refund);
        await lab.Clock.WaitOf(A.Seconds(0.25), A.Seconds(0.25), after: waits);
        lab.Clock.Advance(A.Seconds(0.25));

        Assert.Equal((ToolCallStatus.Completed, "issue_refund done"), ((await running).Status, (await running).Output!));
        Assert.Equal(ToolCallStage.Completed, (await lab.Row(workflow))?.Stage);
        Assert.Single(lab.Tools.Runs.Asked);
    }

    [Fact]
    public async Task An_outcome_that_cannot_be_written_for_half_a_minute_is_unknown()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        var gate = lab.Tools.Runs.Hold();
        var running = lab.Run(workflow, PretendTools.Refund);
        await gate.Arrived;
        lab.Database.IsDown = true;
        gate.Open();
        await Lab.Eventually(() =>
        {
            lab.Clock.Advance(A.Seconds(0.5));
            return Task.FromResult(lab.Logs.Text.Contains("is given up", StringComparison.Ordinal));
        });
        lab.Database.IsDown = false;
        // An activation that began to read while the database was still away fails whoever has come to it.
        await Record.ExceptionAsync(() => running);

        ToolCallStatus? status = null;
        await Lab.Eventually(async () =>
        {
            await Record.ExceptionAsync(async () => status = (await lab.Ran(workflow, PretendTools.Refund)).Status);
            return status is ToolCallStatus.Unknown;
        });
        Assert.Single(lab.Tools.Runs.Asked);
    }

    [Theory]
    [InlineData(PretendTools.Refund, ToolCallStatus.Unknown, 0)]
    [InlineData(PretendTools.Book, ToolCallStatus.Completed, 1)]
    [InlineData(PretendTools.Lookup, ToolCallStatus.Completed, 1)]
    public async Task A_call_whose_silo_died_while_the_tool_ran_goes_on_as_its_effect_allows(string tool, ToolCallStatus status, int asked)
    {
        var (workflow, folder, key) = await DieWhileRunning(tool);
        await using (var lab = await ToolLab.Start(folder: folder, now: A.Noon + A.Seconds(20)))
        {
            Assert.Equal(status, (await lab.Ran(workflow, tool)).Status);

            Assert.Equal(asked, lab.Tools.Runs.Asked.Count);
            Assert.All(lab.Tools.Runs.Asked, run => Assert.Equal(key, run.Request.IdempotencyKey));
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_keyed_call_whose_silo_died_long_ago_is_unknown()
    {
        var (workflow, folder, _) = await DieWhileRunning(PretendTools.Book);
        await using (var lab = await ToolLab.Start(folder: folder, now: A.Noon + A.Seconds(61)))
        {
            Assert.Equal(ToolCallStatus.Unknown, (await lab.Ran(workflow, PretendTools.Book)).Status);
            Assert.Empty(lab.Tools.Runs.Asked);
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_workflow_that_comes_back_counts_what_was_begun_and_sees_to_its_end_without_being_asked()
    {
        var (workflow, folder, _) = await DieWhileRunning(PretendTools.Refund);
        await using (var lab = await ToolLab.Start(limits: """{"max_tool_calls":1}""", folder: folder, now: A.Noon + A.Seconds(20)))
        {
            Assert.Equal(Phase.Active, (await lab.Grains.Workflow(workflow.Id).View(A.Ada)).Value!.Phase);
            lab.Clock.Advance(TimeSpan.Zero);

            await lab.BecomesRow(workflow, ToolCallStage.Unknown);
            Assert.Empty(lab.Tools.Runs.Asked);
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_call_that_a_frozen_silo_wrote_after_its_workflow_was_over_is_erased_within_ten_minutes()
    {
        await using var lab = await ToolLab.Start(sweeps: true);
        var (over, other) = (await lab.BeginWithTools(), await lab.BeginWithTools());
        await lab.Ran(other, PretendTools.Refund);
        await over.Grain.End(A.Ada, null);
        await lab.Query(
            """
            INSERT INTO orleansstorage (grainidhash, grainidn0, grainidn1, graintypehash, graintypestring, grainidextensionstring, serviceid, payloadbinary, modifiedon, version)
            SELECT 0, 0, 0, 0, graintypestring, @id, serviceid, payloadbinary, modifiedon, version FROM orleansstorage WHERE graintypestring = 'tool_call' RETURNING 1
            """,
            row => row.GetInt32(0),
            ("id", $"{over.Id}/call_1"));

        lab.Clock.Advance(TimeSpan.FromMinutes(10));

        await Lab.Eventually(async () => (await lab.ToolCalls(over.Id)).Count is 0);
    }

    /// <summary>A workflow, what its silo leaves behind when it dies in the middle of a tool call, and the key that the tool saw.</summary>
    private static async Task<(Running Workflow, DirectoryInfo Folder, string Key)> DieWhileRunning(string tool)
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        var gate = lab.Tools.Runs.Hold();
        var running = lab.Run(workflow, tool);
        await gate.Arrived;
        var folder = await lab.Copy();
        gate.Open();
        await running;
        return (workflow, folder, lab.Tools.Runs.Asked.Single().Request.IdempotencyKey);
    }
}
