using System.Diagnostics;
using SessionGrains.Grains.Definitions;
using static SessionGrains.Grains.Workflows.WorkflowCommand;
using static SessionGrains.Phase;

namespace SessionGrains.Grains.Workflows;

/// <summary>What a command leads to: the next state, and a refusal when the answer is no.</summary>
internal sealed record Decision(WorkflowState Next, Refusal? Refusal = null)
{
    public static implicit operator Decision(WorkflowState next) => new(next);
}

/// <summary>The rules of a workflow. Pure: they read no clock, call nothing and know nothing of Orleans.</summary>
internal static class Lifecycle
{
    /// <summary>How long the outcome of a call's creation is waited for before it counts as unknown. Longer than any request may take.</summary>
    public static readonly TimeSpan AttemptTime = TimeSpan.FromSeconds(20);

    /// <summary>How long an ended workflow's id is remembered, so that a replay cannot begin it again.</summary>
    public static readonly TimeSpan TombstoneTime = TimeSpan.FromHours(25);

    public static Decision Decide(WorkflowState state, WorkflowCommand command, DateTimeOffset now, Limits limits)
    {
        var decision = Rule(state, command, now, limits);
        var next = Finish(decision.Next, now);
        return decision with { Next = next == state ? state : next with { DueAt = DueAt(next)?.ToUnixTimeMilliseconds() } };
    }

    /// <summary>The hang-up result of a workflow with a call that ended so, when another one ended otherwise: the worse news wins.</summary>
    public static HangUpResult Worse(HangUpResult? one, HangUpResult other) => one > other ? one.Value : other;

    private static Decision Rule(WorkflowState state, WorkflowCommand command, DateTimeOffset now, Limits limits) =>
        (state.Phase, command) switch
        {
            (_, Checkpoint) => state,
            (None, Begin begin) => Start(begin, now, limits),
            (None, CallCreated late) => HangUpLate(state, late.Call, now),
            (None, HangUpSettled settled) => Settle(state, settled, now),
            (None, LookAtClock or End { By: null } or MintFailed or CallRefused or CallUnknown or CallOver) => state,
            (None, Connect) => Refuse(state, Calls.InvalidSecret),
            (None, _) => Refuse(state, Refusal.NotFound),
            (Ended, { By: { } caller }) when caller.UserKey != state.OwnerKey => Refuse(state, Refusal.NotFound),
            (not Ended, { By: { } caller }) when caller != state.Owner => Refuse(state, Refusal.NotFound),
            (Ending or Ended, ReportCall late) => Calls.ReportLate(state, late, now),
            (_, Begin) => throw new UnreachableException("A workflow begins once."),

            (Active, HangUpSettled settled) when state.CallId == settled.Call.Value => Calls.Dropped(Settle(state, settled, now), settled, now),
            (_, HangUpSettled settled) => Settle(state, settled, now),
            (_, LookAtClock look) => Deadlines.Check(state, look, now, limits),
            (Active, CallOver over) when state.CallId == over.Call.Value => BeginTeardown(state, over.Reason, now, over.Detail),
            (_, CallOver) => state,
            (_, End) when !state.IsLive => state,
            (_, End { Operator: { } by } end) => BeginTeardown(state.Note(now, "revoked", $"by {by.Subject}"), end.Reason, now, end.Detail),
            (_, End end) => BeginTeardown(state, end.Reason, now, end.Detail),

            (Ready or Active, RenewSecret renew) => Secrets.Renew(state, renew, now, limits),
            (Connecting, RenewSecret) => Refuse(state, Calls.CallUnderWay),
            (_, RenewSecret) => Refuse(state, Refusal.WorkflowEnded),
            // A secret that reached nobody does not count. Without any other one, nobody is left to go on.
            (Ready, MintFailed failed) when state.SecretsMinted is 1 =>
                BeginTeardown(state with { SecretsMinted = 0 }, EndReason.Failed, now, failed.Detail),
            (Ready or Connecting or Active, MintFailed) => Secrets.TakeBack(state),
            (_, MintFailed) => state,

            (_, Connect connect) => Calls.Connect(state, connect, now),
            (_, CallCreated created) => Calls.Created(state, created, now),
            (_, CallRefused refused) => Calls.Refused(state, refused, now),
            (_, CallUnknown unknown) => Calls.Unknown(state, unknown, now),
            (_, ReportCall report) => Calls.Report(state, report, now),

            _ => throw new UnreachableException($"No rule for {command.GetType().Name} in {state.Phase}."),
        };

    public static Decision Refuse(WorkflowState state, Refusal refusal) => new(state, refusal);

    /// <summary>From here only teardown runs. Every call that may still be there is owed a hang-up.</summary>
    public static WorkflowState BeginTeardown(WorkflowState state, EndReason reason, DateTimeOffset now, string? detail = null)
    {
        var mayHaveLostACall = state.MayHaveLostACall || state.MissesAReport;
        var owed = state.CallId is { } call ? OweHangUp(state, call, now) : state;
        return (owed with
        {
            Phase = Ending,
            EndReason = reason,
            EndDetail = detail,
            EndedAt = now,
            MayHaveLostACall = mayHaveLostACall,
        }).Note(now, "ending", reason.ToString());
    }

    /// <summary>What stays of an ended workflow until its id may be forgotten: no personal data, only what a late call or secret needs.</summary>
    public static WorkflowState Tombstone(WorkflowState ended) => new()
    {
        Phase = ended.Phase,
        DueAt = ended.DueAt,
        Definition = ended.Definition,
        DefinitionVersion = ended.DefinitionVersion,
        Mode = ended.Mode,
        OwnerKey = ended.Owner?.UserKey ?? ended.OwnerKey,
        CallsReported = ended.CallsReported,
        CreatedAt = ended.CreatedAt,
        ExpiresAt = ended.ExpiresAt,
        SecretsMinted = ended.SecretsMinted,
        Secrets = ended.Secrets,
        EndReason = ended.EndReason,
        EndedAt = ended.EndedAt,
        HangUp = ended.HangUp,
        Owed = ended.Owed,
        EraseAt = ended.EraseAt,
    };

    public static WorkflowState OweHangUp(WorkflowState state, string call, DateTimeOffset now) =>
        state.Owed.Any(owed => owed.CallId == call) ? state : state with { Owed = state.Owed.Add(new(call, now)) };

    private static WorkflowState Start(Begin begin, DateTimeOffset now, Limits limits) => new WorkflowState
    {
        Phase = Ready,
        Owner = begin.Owner,
        Definition = begin.Definition,
        DefinitionVersion = begin.DefinitionVersion,
        Mode = begin.Mode,
        Values = begin.Values,
        Metadata = begin.Metadata,
        RequestHash = begin.RequestHash,
        CreatedAt = now,
        ExpiresAt = now + limits.MaxDuration,
        AttachBy = now + limits.Attach,
        SecretsMinted = 1,
        Secrets = begin.SecretHash is { } hash ? [new(hash, now + limits.SecretTtl, IsUsed: false)] : [],
    }.Note(now, TimelineKinds.Started, begin.Mode.ToString());

    /// <summary>A call of a workflow that is over, or was never known here: it must not live on.</summary>
    private static WorkflowState HangUpLate(WorkflowState state, CallId call, DateTimeOffset now) =>
        OweHangUp(state.Phase is None ? state with { Phase = Ended, EndedAt = now, EraseAt = now } : state, call.Value, now);

    private static WorkflowState Settle(WorkflowState state, HangUpSettled settled, DateTimeOffset now)
    {
        var owed = state.Owed.RemoveAll(step => step.CallId == settled.Call.Value);
        if (owed.Length == state.Owed.Length)
        {
            return state;
        }

        var next = state with { Owed = owed };
        return state.Phase is Ended
            ? next
            : (next with { HangUp = Worse(state.HangUp, settled.Result) }).Note(now, "hung_up", $"{settled.Call} {settled.Result}");
    }

    /// <summary>Ending is over when nothing is owed and nothing can come any more.</summary>
    private static WorkflowState Finish(WorkflowState state, DateTimeOffset now) =>
        state is not { Phase: Ending, Owed.IsEmpty: true, Attempt: null }
            ? state
            : (state with
            {
                Phase = Ended,
                HangUp = state.MayHaveLostACall ? HangUpResult.Unverified : state.HangUp ?? HangUpResult.NotNeeded,
                EraseAt = now + TombstoneTime,
            }).Note(now, TimelineKinds.Ended);

    private static DateTimeOffset? DueAt(WorkflowState state) => state.Phase switch
    {
        None => null,
        Ready => Earlier(state.AttachBy, state.ExpiresAt),
        Connecting => Earlier(state.Attempt!.Until, state.ExpiresAt),
        Active => state.ExpiresAt,
        Ending => state.EndedAt,
        Ended => state.Owed.IsEmpty ? state.EraseAt : state.EndedAt,
        _ => throw new UnreachableException($"No deadline is known for {state.Phase}."),
    };

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
