using SessionGrains.OpenAI;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>OpenAI as the test wants it: it remembers what it was asked and answers by script, well-behaved where none is set.</summary>
internal sealed class PretendOpenAI(TimeProvider clock) : IRealtimeClient
{
    private int _numbers;

    public Script<Mint, Reply<MintedSecret>> Mints => field ??= new(mint => new Reply<MintedSecret>.Done(
        new($"ek_minted_{Interlocked.Increment(ref _numbers)}", clock.GetUtcNow() + mint.TimeToLive)));

    public Script<Creation, Reply<CreatedCall>> Creations => field ??= new(_ => new Reply<CreatedCall>.Done(
        new($"rtc_created_{Interlocked.Increment(ref _numbers)}", "v=0\r\no=answer\r\n")));

    public Script<HangUp, HangUpReply> HangUps { get; } = new(_ => new HangUpReply.Accepted());

    public Task<Reply<MintedSecret>> MintAsync(string sessionJson, TimeSpan timeToLive, string safetyIdentifier, CancellationToken cancellationToken) =>
        Mints.Ask(new(sessionJson, timeToLive, safetyIdentifier));

    public Task<Reply<CreatedCall>> CreateCallAsync(string offer, string sessionJson, string safetyIdentifier, CancellationToken cancellationToken) =>
        Creations.Ask(new(offer, sessionJson, safetyIdentifier));

    public Task<HangUpReply> HangUpAsync(string callId, string? secret, CancellationToken cancellationToken) => HangUps.Ask(new(callId, secret));

    /// <summary>A fault for replies that are no.</summary>
    public static ProviderFault Fault(ProviderFaultKind kind = ProviderFaultKind.Unavailable) => new(kind, "scripted");

    internal sealed record Mint(string Session, TimeSpan TimeToLive, string SafetyIdentifier);

    internal sealed record Creation(string Offer, string Session, string SafetyIdentifier);

    internal sealed record HangUp(string CallId, string? Secret);
}
