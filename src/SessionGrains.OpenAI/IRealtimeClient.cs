namespace SessionGrains.OpenAI;

/// <summary>The few things we ask of OpenAI's Realtime API. Narrow on purpose: other vendors and its successor have the same shape.</summary>
/// <remarks>No method retries: a blind repeat could mint a second secret or create a second call. Faults of the network are results, not exceptions.</remarks>
public interface IRealtimeClient
{
    /// <summary>Mints a client secret for the browser.</summary>
    /// <param name="sessionJson">OpenAI's session object, passed on untouched.</param>
    /// <param name="timeToLive">10 seconds to 2 hours; OpenAI refuses anything else.</param>
    /// <param name="safetyIdentifier">A stable hash of the user, so that OpenAI can act on one user instead of the whole key.</param>
    Task<Reply<MintedSecret>> MintAsync(string sessionJson, TimeSpan timeToLive, string safetyIdentifier, CancellationToken cancellationToken);

    /// <summary>Creates a call with the server's own key from a browser's SDP offer.</summary>
    Task<Reply<CreatedCall>> CreateCallAsync(string offer, string sessionJson, string safetyIdentifier, CancellationToken cancellationToken);

    /// <summary>Hangs up a call.</summary>
    /// <param name="secret">The client secret that created the call; null hangs up with the server's own key, and where that does not know the call, with those that it had within the last hour.</param>
    Task<HangUpReply> HangUpAsync(string callId, string? secret, CancellationToken cancellationToken);
}

/// <summary>OpenAI's own client secret (<c>ek_…</c>). It lives in memory only and prints as <c>***</c>.</summary>
public sealed record MintedSecret(string Value, DateTimeOffset ExpiresAt)
{
    public override string ToString() => "***";
}

/// <summary>A call that exists now, and the SDP answer for the browser; null where that broke on its way, so that nobody can use the call.</summary>
public sealed record CreatedCall(string CallId, string? Answer)
{
    public override string ToString() => CallId;
}

/// <summary>What came back of a request that creates something.</summary>
public abstract record Reply<T>
{
    private Reply()
    {
    }

    /// <summary>It was done.</summary>
    public sealed record Done(T Value) : Reply<T>;

    /// <summary>It was certainly not done.</summary>
    public sealed record Refused(ProviderFault Fault) : Reply<T>;

    /// <summary>It may have been done: the answer was lost, late, or says nothing about it.</summary>
    public sealed record Unknown(ProviderFault Fault) : Reply<T>;
}

/// <summary>Why OpenAI did not do what we asked.</summary>
public sealed record ProviderFault(ProviderFaultKind Kind, string Detail, TimeSpan? RetryAfter = null);

/// <summary>What kind of no it was; it decides what the browser is told.</summary>
public enum ProviderFaultKind
{
    /// <summary>OpenAI understood and refused; a repeat will not help.</summary>
    Rejected,

    /// <summary>Too many requests, or the quota is used up.</summary>
    RateLimited,

    /// <summary>OpenAI failed or could not be reached in time.</summary>
    Unavailable,
}

/// <summary>What came back of a hang-up.</summary>
public abstract record HangUpReply
{
    private HangUpReply()
    {
    }

    /// <summary>OpenAI accepted it; the call ends within moments.</summary>
    public sealed record Accepted : HangUpReply;

    /// <summary>OpenAI knows no such call, or not for the keys that we used.</summary>
    public sealed record NotFound : HangUpReply;

    /// <summary>It has to be tried again.</summary>
    public sealed record Failed(ProviderFault Fault) : HangUpReply;
}
