using Orleans.Concurrency;

namespace SessionGrains.Grains.ToolCalls;

/// <summary>What only the silos ask of a tool call.</summary>
[Alias("SessionGrains.IToolCallTurns")]
internal interface IToolCallTurns : IGrainWithStringKey
{
    /// <summary>Runs a call that the sideband announced, or joins its run. It answers when the outcome is there, or after about ten seconds as the call is by then: ask again.</summary>
    /// <remarks>A repeat with the same arguments never runs it twice. After a crash it goes on as the tool's effect allows.</remarks>
    [AlwaysInterleave, Alias("Run")]
    Task<Outcome<ToolCallOutcome>> Run(string name, string argumentsJson);

    /// <summary>Goes on with a call whose activation was lost: what had begun is run again, or unknown; what waits for approval waits on.</summary>
    /// <remarks>It tells the workflow how it stands. False when nothing is known of such a call: it had no effect and left no trace.</remarks>
    [AlwaysInterleave, Alias("Resume")]
    Task<bool> Resume();

    /// <summary>Stops whatever runs and waits for its outcome, at most some five seconds; what waits for approval is denied.</summary>
    [AlwaysInterleave, Alias("Cancel")]
    Task Cancel();
}

/// <summary>A tool call as it is, and whether its success ends its workflow.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.ToolCallOutcome")]
internal sealed record ToolCallOutcome([property: Id(0)] ToolCallView Call, [property: Id(1)] bool EndsWorkflow);
