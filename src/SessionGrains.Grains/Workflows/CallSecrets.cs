using System.Collections.Immutable;
using SessionGrains.OpenAI;

namespace SessionGrains.Grains.Workflows;

/// <summary>The secrets that OpenAI minted for a workflow, as long as this activation remembers them. They are never stored.</summary>
/// <remarks>
/// A call that a browser created with such a secret may answer to no other key: then the server's own key gets 404 for a call
/// that is alive, so only the call's own secret can tell that it is gone.
/// </remarks>
internal sealed class CallSecrets
{
    /// <summary>How long after a secret's end its browser may still report the call: it repeats that for half a minute.</summary>
    private static readonly TimeSpan LateReport = TimeSpan.FromMinutes(1);

    private DateTimeOffset lastReport;

    public ConnectionMode Mode { get; set; }

    public int Minted { get; set; }

    /// <summary>Newest last. The owner of a sideband reads it from threads of its own.</summary>
    public ImmutableArray<string> Values { get; private set; } = [];

    public void Remember(string secret, DateTimeOffset expiresAt)
    {
        Values = Values.Add(secret);
        lastReport = expiresAt + LateReport;
    }

    /// <summary>Until when an ended workflow may hear of a call that only these can hang up; null where none is missing.</summary>
    public DateTimeOffset? NeededUntil(WorkflowState ended) => !Values.IsEmpty && ended.MissesAReport ? lastReport : null;

    /// <summary>One attempt to hang up. No result means that it must be tried again.</summary>
    public async Task<(HangUpResult? Result, string Detail)> HangUp(IRealtimeClient openAI, string call, CancellationToken cancellationToken)
    {
        var reply = await openAI.HangUpAsync(call, secret: null, cancellationToken);
        return reply switch
        {
            HangUpReply.Accepted => (HangUpResult.Confirmed, ""),
            HangUpReply.NotFound when Mode is not ConnectionMode.ClientSecret => (HangUpResult.AlreadyGone, ""),
            HangUpReply.NotFound => await HangUpWithSecrets(openAI, call, cancellationToken),
            HangUpReply.Failed failed => (null, failed.Fault.Detail),
            _ => throw new System.Diagnostics.UnreachableException($"No result is known for {reply}."),
        };
    }

    private async Task<(HangUpResult? Result, string Detail)> HangUpWithSecrets(
        IRealtimeClient openAI, string call, CancellationToken cancellationToken)
    {
        var deniedBy = 0;
        foreach (var secret in Values.Reverse())
        {
            switch (await openAI.HangUpAsync(call, secret, cancellationToken))
            {
                case HangUpReply.Accepted:
                    return (HangUpResult.Confirmed, "");
                case HangUpReply.NotFound:
                    deniedBy++;
                    break;
                case HangUpReply.Failed { Fault.Kind: not ProviderFaultKind.Rejected } failed:
                    return (null, failed.Fault.Detail);
            }
        }

        // Gone only if every secret that can have created it says so.
        return (deniedBy > 0 && deniedBy == Minted ? HangUpResult.AlreadyGone : HangUpResult.Unverified, "");
    }
}
