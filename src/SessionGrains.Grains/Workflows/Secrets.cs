using SessionGrains.Grains.Definitions;
using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Workflows;

/// <summary>The rules of secrets after the first one.</summary>
internal static class Secrets
{
    // OpenAI mints no secret that lives shorter.
    private static readonly TimeSpan ShortestSecret = TimeSpan.FromSeconds(10);

    /// <summary>How long OpenAI's secret may live: as the policy says, but not past the time at which its workflow gives up waiting.</summary>
    public static TimeSpan TimeToLive(WorkflowState state, Limits limits, DateTimeOffset now)
    {
        var end = state.Phase is Phase.Ready && state.AttachBy < state.ExpiresAt ? state.AttachBy : state.ExpiresAt;
        var left = end - now;
        return left >= limits.SecretTtl ? limits.SecretTtl : left > ShortestSecret ? left : ShortestSecret;
    }

    /// <summary>One more secret, counted before it is minted. While no call is there, it also gives new time to attach one.</summary>
    public static Decision Renew(WorkflowState state, RenewSecret renew, DateTimeOffset now, Limits limits)
    {
        if (state.SecretsMinted >= limits.MaxSecrets)
        {
            return Lifecycle.Refuse(state, new(RefusalCode.QuotaExceeded, $"This workflow may have {limits.MaxSecrets} client secrets, and had them.")
            {
                RetryAfter = state.ExpiresAt - now,
            });
        }

        return (state with
        {
            SecretsMinted = state.SecretsMinted + 1,
            Secrets = renew.SecretHash is { } hash ? state.Secrets.Add(new(hash, now + limits.SecretTtl, IsUsed: false)) : state.Secrets,
            AttachBy = state.Phase is Phase.Ready ? now + limits.Attach : state.AttachBy,
        }).Note(now, TimelineKinds.SecretRenewed);
    }

    /// <summary>A secret that reached nobody does not count, and leaves no entry: who asks again and again while none can be minted must not make the state grow.</summary>
    public static WorkflowState TakeBack(WorkflowState state)
    {
        var renewed = state.Timeline.LastOrDefault(entry => entry.Kind is TimelineKinds.SecretRenewed);
        return state with
        {
            SecretsMinted = state.SecretsMinted - 1,
            Timeline = renewed is null ? state.Timeline : state.Timeline.RemoveAt(state.Timeline.LastIndexOf(renewed)),
        };
    }
}
