using System.Collections.Immutable;

namespace SessionGrains.Grains.Workflows;

/// <summary>One thing that can happen to a workflow. Commands that a browser sends carry who sent them.</summary>
[GenerateSerializer, Immutable]
internal abstract record WorkflowCommand
{
    private WorkflowCommand()
    {
    }

    /// <summary>Who sent it; null for the system itself.</summary>
    [Id(0)]
    public UserId? By { get; init; }

    /// <summary>The workflow begins. It was authorized and has its slot.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record Begin(
        [property: Id(0)] UserId Owner,
        [property: Id(1)] string Definition,
        [property: Id(2)] string DefinitionVersion,
        [property: Id(3)] ConnectionMode Mode,
        [property: Id(4)] ImmutableDictionary<string, string> Values,
        [property: Id(5)] ImmutableDictionary<string, string> Metadata,
        [property: Id(6)] string? RequestHash,
        [property: Id(7)] string? SecretHash) : WorkflowCommand;

    /// <summary>Another secret is wanted; the hash is null where OpenAI mints it.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record RenewSecret([property: Id(0)] string? SecretHash) : WorkflowCommand;

    /// <summary>OpenAI gave no secret.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record MintFailed([property: Id(0)] string Detail) : WorkflowCommand;

    /// <summary>A browser presents one of our secrets and wants its call.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record Connect([property: Id(0)] string SecretHash, [property: Id(1)] string AttemptId) : WorkflowCommand;

    /// <summary>The call exists.</summary>
    /// <param name="IsAnswerLost">The browser's answer broke on its way from OpenAI: nobody can use the call.</param>
    [GenerateSerializer, Immutable]
    internal sealed record CallCreated(
        [property: Id(0)] string AttemptId, [property: Id(1)] CallId Call, [property: Id(2)] bool IsAnswerLost = false) : WorkflowCommand;

    /// <summary>The call certainly does not exist.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record CallRefused([property: Id(0)] string AttemptId, [property: Id(1)] string Detail) : WorkflowCommand;

    /// <summary>Nobody knows whether the call exists.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record CallUnknown([property: Id(0)] string AttemptId, [property: Id(1)] string Detail) : WorkflowCommand;

    /// <summary>The browser tells which call it created.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record ReportCall([property: Id(0)] CallId Call) : WorkflowCommand;

    /// <summary>The workflow ends.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record End([property: Id(0)] EndReason Reason, [property: Id(1)] string? Detail = null) : WorkflowCommand
    {
        /// <summary>The operator who ends it; null where none does.</summary>
        [Id(2)]
        public UserId? Operator { get; init; }
    }

    /// <summary>Time passed. What the browser and the model did last is known to the activation only.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record LookAtClock(
        [property: Id(0)] DateTimeOffset LastHeartbeat,
        [property: Id(1)] DateTimeOffset LastActivity,
        [property: Id(2)] Control Control) : WorkflowCommand
    {
        /// <summary>Since when the sideband is not attached to the call; null while it is, or where there is no call.</summary>
        [Id(3)]
        public DateTimeOffset? ControlLostSince { get; init; }

        /// <summary>When the workflow is over at the latest, because a tool has completed it; null while none has.</summary>
        [Id(4)]
        public DateTimeOffset? FarewellBy { get; init; }
    }

    /// <summary>What was heard of the call ends the workflow. Of a call that is not the workflow's any more it ends nothing.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record CallOver(
        [property: Id(0)] CallId Call, [property: Id(1)] EndReason Reason, [property: Id(2)] string Detail) : WorkflowCommand;

    /// <summary>What the activation knows and the store does not yet, as usage and the audit trail, is saved.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record Checkpoint : WorkflowCommand;

    /// <summary>An owed hang-up is settled.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record HangUpSettled([property: Id(0)] CallId Call, [property: Id(1)] HangUpResult Result) : WorkflowCommand;
}
