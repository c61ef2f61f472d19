namespace SessionGrains.OpenAI.Sideband;

/// <summary>Opens our own WebSocket to a running call.</summary>
public interface ISidebandClient
{
    /// <summary>Attaches to a call: one attempt, no retry. Refusals and faults of the network are results, not exceptions.</summary>
    /// <param name="secret">The client secret that created the call; null attaches with the server's own key, and where that does not know the call, with those that it had within the last hour.</param>
    Task<AttachReply> AttachAsync(string callId, string? secret, CancellationToken cancellationToken);
}

/// <summary>What came back of an attempt to attach.</summary>
public abstract record AttachReply
{
    private AttachReply()
    {
    }

    /// <summary>We are attached. The socket is silent until we speak; an answered <c>session.update</c> proves that it works.</summary>
    public sealed record Attached(ISideband Sideband) : AttachReply;

    /// <summary>OpenAI knows no such call, not yet or not any more, or not for the keys that we used.</summary>
    public sealed record NotFound : AttachReply;

    /// <summary>Something else went wrong.</summary>
    public sealed record Failed(ProviderFault Fault) : AttachReply;
}
