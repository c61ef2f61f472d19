using SessionGrains.Grains.Tests.ToolCalls;
using SessionGrains.OpenAI;
using Xunit;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>Who may leave memory when nobody asks for him, and who must not.</summary>
public sealed class MemoryTests
{
    /// <summary>Orleans collects by the machine's clock, and what asks to stay does so by ours: here that is always later.</summary>
    private static readonly DateTimeOffset Later = new(2100, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_live_workflow_stays_and_one_that_is_over_leaves()
    {
        await using var lab = await Lab.Start(now: Later);
        var workflow = await lab.BeginCall(Lab.Direct);
        await lab.Collect();
        Assert.True(await lab.IsInMemory(workflow.Grain));

        await workflow.Grain.End(A.Ada, null);
        await lab.Collect();

        Assert.False(await lab.IsInMemory(workflow.Grain));
    }

    [Fact]
    public async Task An_ended_workflow_remembers_a_secret_that_may_have_opened_a_call_and_hangs_that_up_with_it()
    {
        await using var lab = await Lab.Start(now: Later);
        var workflow = await lab.Begin(Lab.Direct);
        lab.OpenAI.HangUps.Always(asked => asked.Secret is null ? new HangUpReply.NotFound() : new HangUpReply.Accepted());
        await workflow.Grain.End(A.Ada, null);
        await lab.Collect();

        await workflow.Grain.ReportCall(A.Ada, A.Call("late"));

        await lab.OpenAI.HangUps.WhenAsked(2);
        Assert.Equal([new("rtc_late", null), new("rtc_late", "ek_minted_1")], lab.OpenAI.HangUps.Asked);
        await Lab.Eventually(async () => (await lab.State(workflow.Id)).Owed.IsEmpty);
        await lab.Collect();
        Assert.False(await lab.IsInMemory(workflow.Grain));
    }

    [Fact]
    public async Task An_ended_workflow_stays_while_it_owes_a_hang_up()
    {
        await using var lab = await Lab.Start(now: Later);
        var workflow = await lab.BeginCall(Lab.Direct);
        await workflow.Grain.End(A.Ada, null);
        lab.OpenAI.HangUps.Always(_ => new HangUpReply.Failed(PretendOpenAI.Fault()));

        await workflow.Grain.ReportCall(A.Ada, A.Call("late"));
        await lab.OpenAI.HangUps.WhenAsked(2);
        await lab.Collect();

        Assert.True(await lab.IsInMemory(workflow.Grain));
    }

    [Fact]
    public async Task A_tool_call_that_waits_for_somebody_stays_also_after_its_activation_was_lost()
    {
        await using var lab = await ToolLab.Start(now: Later);
        var workflow = await lab.BeginWithTools(ToolLab.Asking);
        var (call, _) = await lab.Ask(workflow, PretendTools.Refund);
        await lab.Forget(call);
        Assert.Equal(ToolCallStatus.PendingApproval, (await call.View(A.Ada)).Value!.Status);

        await lab.Collect();

        Assert.True(await lab.IsInMemory(call));
    }
}
