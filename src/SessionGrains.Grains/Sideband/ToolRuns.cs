using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Grains.Workflows;

namespace SessionGrains.Grains.Sideband;

/// <summary>Has tools run, and asks until there is an outcome: silos die, runs take their time.</summary>
internal sealed class ToolRuns(CallPlan plan, ICallTools tools, ChannelWriter<Fact> facts, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    // Longer than another silo takes to take over.
    private static readonly TimeSpan LongestTrouble = TimeSpan.FromSeconds(60);

    // Some 80 seconds of asking, and not of time: a silo that was frozen must not say this beside the one that has taken over, and knows.
    private const int MostUnheard = 20;

    private static readonly Refusal NobodyKnows = new(
        RefusalCode.StorageUnavailable, "The tools cannot be reached. Nobody knows whether this was done: say so, and do not try again.");

    public async Task Run(Step.RunTool call, CancellationToken stopping)
    {
        using var span = WorkflowTrace.Begin("tool call", plan.Workflow)?.SetTag("gen_ai.tool.call.id", call.CallId.Value);
        try
        {
            await facts.WriteAsync(new Fact.Ran(call.CallId.Value, await AskUntilDone(call, stopping)), stopping);
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException && stopping.IsCancellationRequested)
        {
            // The owner goes. The next one asks again.
        }
    }

    private async Task<Outcome<ToolCallOutcome>> AskUntilDone(Step.RunTool call, CancellationToken stopping)
    {
        var (began, unheard) = (clock.GetTimestamp(), 0);
        for (var delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            var outcome = await TryAsk(call);
            if (outcome is { Value.Call.Status: ToolCallStatus.Running })
            {
                delay = FirstDelay;
            }
            else if (outcome is not null && !(IsPassing(outcome) && clock.GetElapsedTime(began) < LongestTrouble))
            {
                return outcome;
            }
            else if (outcome is null && ++unheard >= MostUnheard)
            {
                // Whatever it is that does not pass, the model waits for an answer, and the conversation with it.
                return NobodyKnows;
            }

            await Task.Delay(delay, clock, stopping);
        }
    }

    private async Task<Outcome<ToolCallOutcome>?> TryAsk(Step.RunTool call)
    {
        try
        {
            return await tools.Run(plan.Workflow, call.CallId, call.Name, call.Arguments);
        }
        // Whatever it was, asking again is harmless, and somebody waits for the answer.
        catch (Exception e)
        {
            logger.ToolNotReached(plan.Workflow, call.CallId, e);
            return null;
        }
    }

    private static bool IsPassing(Outcome<ToolCallOutcome> outcome) => outcome.Refusal?.Code is RefusalCode.StorageUnavailable or RefusalCode.Draining;
}
