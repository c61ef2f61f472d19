using System.Diagnostics;
using SessionGrains.OpenAI;

namespace SessionGrains.Grains.Workflows;

/// <summary>What the browser is told when OpenAI did not do its part.</summary>
internal static class ProviderRefusals
{
    private static readonly TimeSpan SomeTime = TimeSpan.FromSeconds(5);

    public static Refusal CallBeforeRemains { get; } =
        new(RefusalCode.ProviderUnavailable, "The call before cannot be hung up for the moment, so no new one is created.") { RetryAfter = SomeTime };

    public static Refusal AnswerLost { get; } = new(RefusalCode.ProviderUnavailable, "OpenAI's answer broke on its way.") { RetryAfter = SomeTime };

    public static Refusal Of(ProviderFault fault) => fault.Kind switch
    {
        ProviderFaultKind.Rejected => new(RefusalCode.ProviderRejected, $"OpenAI refused: {fault.Detail}."),
        ProviderFaultKind.RateLimited => new(RefusalCode.ProviderRateLimited, "OpenAI takes no more requests for the moment.") { RetryAfter = fault.RetryAfter ?? SomeTime },
        ProviderFaultKind.Unavailable => new(RefusalCode.ProviderUnavailable, "OpenAI cannot be reached for the moment.") { RetryAfter = fault.RetryAfter ?? SomeTime },
        _ => throw new UnreachableException($"No refusal is known for {fault.Kind}."),
    };

    public static ProviderFault FaultOf<T>(Reply<T> reply) => reply switch
    {
        Reply<T>.Refused refused => refused.Fault,
        Reply<T>.Unknown unknown => unknown.Fault,
        _ => throw new UnreachableException("A reply that was done has no fault."),
    };
}
