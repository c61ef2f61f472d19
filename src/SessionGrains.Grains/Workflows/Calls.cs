using SessionGrains.Grains.Sideband;
using static SessionGrains.Grains.Workflows.WorkflowCommand;
using static SessionGrains.Phase;

namespace SessionGrains.Grains.Workflows;

/// <summary>The rules of a workflow's call: who may create it, and what becomes of the one before.</summary>
internal static class Calls
{
    public static Refusal InvalidSecret { get; } = new(RefusalCode.InvalidClientSecret, "This client secret is not valid.");

    public static Refusal CallUnderWay { get; } = new(RefusalCode.WorkflowNotConnectable, "A call of this workflow is being created.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    /// <summary>Takes the secret and records that a call may exist from now on. A call that is there makes room first.</summary>
    public static Decision Connect(WorkflowState state, Connect connect, DateTimeOffset now)
    {
        if (state.Secrets.FirstOrDefault(secret => secret.Hash == connect.SecretHash) is not { } secret)
        {
            return Lifecycle.Refuse(state, InvalidSecret);
        }

        if (!state.IsLive)
        {
            return Lifecycle.Refuse(state, Refusal.WorkflowEnded);
        }

        if (secret.IsUsed)
        {
            return Lifecycle.Refuse(state, new(RefusalCode.ClientSecretUsed, "This client secret was used; ask for a fresh one."));
        }

        if (secret.ExpiresAt <= now)
        {
            return Lifecycle.Refuse(state, new(RefusalCode.InvalidClientSecret, "This client secret has expired; ask for a fresh one."));
        }

        if (state.Phase is Connecting)
        {
            return Lifecycle.Refuse(state, CallUnderWay);
        }

        var freed = state.CallId is { } before ? Lifecycle.OweHangUp(state, before, now) with { CallId = null } : state;
        return (freed with
        {
            Phase = Connecting,
            Attempt = new(connect.AttemptId, secret.Hash, now + Lifecycle.AttemptTime),
            Secrets = state.Secrets.Replace(secret, secret with { IsUsed = true }),
        }).Note(now, "connecting");
    }

    public static Decision Created(WorkflowState state, CallCreated created, DateTimeOffset now)
    {
        if (state.CallId == created.Call.Value)
        {
            return state;
        }

        var isAwaited = state.Attempt?.Id == created.AttemptId;
        if (isAwaited && state.Phase is Connecting && created.IsAnswerLost)
        {
            return Lifecycle.OweHangUp(Reopen(state, now), created.Call.Value, now).Note(now, "answer_lost", created.Call.Value);
        }

        var settled = isAwaited ? state with { Attempt = null } : state;
        return isAwaited && state.Phase is Connecting
            ? (settled with { Phase = Active, CallId = created.Call.Value, CallSalt = created.AttemptId }).Note(now, TimelineKinds.Connected, created.Call.Value)
            // Too late: the workflow ended, or gave the attempt up. Nobody gets the answer, so nobody may keep the call.
            : Lifecycle.Refuse(
                Lifecycle.OweHangUp(settled, created.Call.Value, now),
                state.IsLive ? CallUnderWay : Refusal.WorkflowEnded);
    }

    /// <summary>There is no call, for certain: the secret can be used again.</summary>
    public static Decision Refused(WorkflowState state, CallRefused refused, DateTimeOffset now)
    {
        if (state.Attempt is not { } attempt || attempt.Id != refused.AttemptId)
        {
            return state;
        }

        return Reopen(state, now).Note(now, "call_refused", refused.Detail) with
        {
            Secrets = [.. state.Secrets.Select(secret => secret.Hash == attempt.SecretHash ? secret.AfterRefusal() : secret)],
        };
    }

    /// <summary>A call may be there that we know nothing of: the secret stays used, and the end will say so.</summary>
    public static Decision Unknown(WorkflowState state, CallUnknown unknown, DateTimeOffset now) =>
        state.Attempt?.Id == unknown.AttemptId ? GiveUp(state, now, unknown.Detail) : state;

    public static WorkflowState GiveUp(WorkflowState state, DateTimeOffset now, string detail) =>
        (Reopen(state, now) with { MayHaveLostACall = true }).Note(now, "call_unknown", detail);

    /// <summary>Whether we heard of a call so lately that "not found" says nothing: what creates calls may know it before the rest of OpenAI does.</summary>
    public static bool IsNew(WorkflowState state, OwedHangUp owed, DateTimeOffset now) => now < (NewUntil(state, owed.CallId) ?? owed.Since + AttachRules.Hurry);

    /// <summary>Until when a call is new; null for one that was not connected here.</summary>
    public static DateTimeOffset? NewUntil(WorkflowState state, string call) =>
        state.Timeline.LastOrDefault(entry => entry is { Kind: TimelineKinds.Connected } && entry.Detail == call)?.At + AttachRules.Hurry;

    /// <summary>The call was hung up although it is stored as the present one: its saving had counted as failed, and nobody got its answer.</summary>
    public static WorkflowState Dropped(WorkflowState state, HangUpSettled settled, DateTimeOffset now) => (state with
    {
        Phase = Ready,
        CallId = null,
        AttachBy = now + Lifecycle.AttemptTime,
        HangUp = Lifecycle.Worse(state.HangUp, settled.Result),
    }).Note(now, "call_dropped", settled.Call.Value);

    /// <summary>Takes the id of a call that the browser created itself.</summary>
    public static Decision Report(WorkflowState state, ReportCall report, DateTimeOffset now)
    {
        if (state.Mode is not ConnectionMode.ClientSecret)
        {
            return Lifecycle.Refuse(state, new(RefusalCode.WorkflowNotConnectable, "The server creates the calls of this workflow."));
        }

        var call = report.Call.Value;
        // A repeat of any report is harmless, also of one whose call was replaced since.
        if (state.Timeline.Any(entry => entry is { Kind: TimelineKinds.Connected } && entry.Detail == call))
        {
            return state;
        }

        var freed = state.CallId is { } before ? Lifecycle.OweHangUp(state, before, now) : state;
        return state.MissesAReport
            ? (freed with { Phase = Active, CallId = call, CallsReported = state.CallsReported + 1 }).Note(now, TimelineKinds.Connected, call)
            // One secret, two calls: the browser shares its secret or opens calls behind our back.
            : Lifecycle.BeginTeardown(Lifecycle.OweHangUp(freed, call, now), EndReason.PolicyViolation, now, "A second call with one secret.");
    }

    /// <summary>A call that is reported when its workflow is over is hung up, as many times as its secrets can explain and a few more.</summary>
    public static Decision ReportLate(WorkflowState state, ReportCall report, DateTimeOffset now) =>
        state.Mode is ConnectionMode.ClientSecret && state.CallsReported < 2 * state.SecretsMinted
            ? Lifecycle.Refuse(
                Lifecycle.OweHangUp(state, report.Call.Value, now) with { CallsReported = state.CallsReported + 1 }, Refusal.WorkflowEnded)
            : Lifecycle.Refuse(state, Refusal.WorkflowEnded);

    /// <summary>Back to before the attempt. A workflow whose call had to make room has time again to attach a new one.</summary>
    private static WorkflowState Reopen(WorkflowState state, DateTimeOffset now) => state.Phase is Connecting
        ? state with { Phase = Ready, Attempt = null, AttachBy = state.AttachBy > now ? state.AttachBy : now + Lifecycle.AttemptTime }
        : state with { Attempt = null };
}
