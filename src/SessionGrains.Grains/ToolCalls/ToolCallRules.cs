using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using SessionGrains.Grains.Definitions;
using SessionGrains.Tools;
using SessionGrains.Tools.Running;
using static SessionGrains.Grains.ToolCalls.ToolCallStage;

namespace SessionGrains.Grains.ToolCalls;

/// <summary>The rules of one tool call. Pure: they read no clock, call nothing and know nothing of Orleans.</summary>
internal static class ToolCallRules
{
    /// <summary>How old an admission may be when the tool is run. A frozen silo that thaws must not send what was allowed long ago.</summary>
    public static readonly TimeSpan SendWithin = TimeSpan.FromSeconds(5);

    /// <summary>Whether a call that is there already is the one that is asked for.</summary>
    public static bool IsSame(ToolCallState state, string name, string argumentsJson, string? argumentsHash) =>
        state.Name == name && (state.ArgumentsHash == argumentsHash || state.Arguments == argumentsJson);

    /// <summary>Hash of arguments that are wrong, and so have no canonical form.</summary>
    public static string HashOf(string argumentsJson) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(argumentsJson)))}";

    /// <summary>What an admitted call begins with: the wait for somebody to agree, or the run.</summary>
    public static ToolCallState Begin(ToolCallState call, string activation, DateTimeOffset now, ToolCallOptions options)
    {
        var created = call with { CreatedAt = now };
        return call.Approval is Approval.None
            ? Start(created, activation, now, options)
            : created with { Stage = PendingApproval, ApproveBy = Earlier(now + options.ApprovalTime, call.Until) };
    }

    /// <summary>From here on the tool may be run, by this activation only.</summary>
    public static ToolCallState Start(ToolCallState call, string activation, DateTimeOffset now, ToolCallOptions options) => call with
    {
        Stage = Started,
        Activation = activation,
        StartedAt = now,
        RepeatBy = Earlier(now + options.RepeatTime, call.Until),
    };

    /// <summary>What came of the run. The first outcome stays, whatever comes later.</summary>
    public static ToolCallState Finish(ToolCallState call, ToolResult result, DateTimeOffset now)
    {
        if (call.Stage is not Started)
        {
            return call;
        }

        var finished = call with { CompletedAt = now };
        return result switch
        {
            ToolResult.Completed done => finished with { Stage = Completed, Output = done.Output, EndsWorkflow = done.EndsWorkflow },
            ToolResult.Failed failed => finished with { Stage = Failed, Error = failed.Error },
            ToolResult.TimedOut { MayHaveHappened: true } when call.Effect is not ToolEffect.Read =>
                finished with { Stage = Unknown, Error = "Its time was up." },
            ToolResult.TimedOut => finished with { Stage = TimedOut, Error = "Its time was up." },
            // Reading twice does no harm, so there is nothing to be unsure of.
            ToolResult.Unknown unknown when call.Effect is ToolEffect.Read => finished with { Stage = Failed, Error = unknown.Detail },
            ToolResult.Unknown unknown => finished with { Stage = Unknown, Error = unknown.Detail },
            _ => throw new UnreachableException($"No outcome is known for {result}."),
        };
    }

    /// <summary>Nothing was run: nobody agreed in time, somebody said no, or the workflow ended first.</summary>
    public static ToolCallState Deny(ToolCallState call, string why, DateTimeOffset now) =>
        call.Stage is PendingApproval ? call with { Stage = Denied, Error = why, CompletedAt = now } : call;

    /// <summary>Whether an activation finds the run of another one, which must have died.</summary>
    public static bool IsAbandoned(ToolCallState call, string activation) => call.Stage is Started && call.Activation != activation;

    /// <summary>The outcome of a run whose activation died; null where it may be run again.</summary>
    public static ToolResult? AfterLoss(ToolCallState call, DateTimeOffset now) => call.Effect switch
    {
        ToolEffect.Read or ToolEffect.Keyed when now < call.RepeatBy => null,
        ToolEffect.Read => new ToolResult.TimedOut(MayHaveHappened: false),
        _ => new ToolResult.Unknown("The server that ran it was lost."),
    };

    /// <summary>The result of a run that is not begun, now or once more: earlier ones may have had their effect.</summary>
    public static ToolResult NotSent(ToolCallState call, bool isRepeat, string why) =>
        isRepeat && call.Effect is not ToolEffect.Read ? new ToolResult.Unknown(why) : new ToolResult.Failed(why);

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
