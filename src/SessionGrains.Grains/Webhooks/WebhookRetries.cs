using System.Collections.Immutable;
using SessionGrains.Tools.Webhooks;

namespace SessionGrains.Grains.Webhooks;

/// <summary>What follows from an attempt.</summary>
internal abstract record WebhookVerdict
{
    private WebhookVerdict()
    {
    }

    internal sealed record Arrived : WebhookVerdict;

    internal sealed record Again(DateTimeOffset At) : WebhookVerdict;

    internal sealed record GivenUp : WebhookVerdict;
}

/// <summary>The rules of trying again: soon at first, then ever more rarely, for about a day. Pure.</summary>
internal static class WebhookRetries
{
    private const int Gone = 410;

    // Up to a tenth more each time, so that what failed together does not come back together.
    private const double Jitter = 0.1;

    private static readonly ImmutableArray<TimeSpan> Delays =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromSeconds(30),
        TimeSpan.FromMinutes(2),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(15),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(4),
        TimeSpan.FromHours(8),
        TimeSpan.FromHours(8),
    ];

    /// <summary>How often one webhook is sent at the most.</summary>
    public static int AttemptsAtMost => Delays.Length + 1;

    /// <param name="attempt">Which one it was, from 1.</param>
    /// <param name="chance">From 0 up to 1.</param>
    public static WebhookVerdict Judge(WebhookAnswer answer, int attempt, DateTimeOffset now, double chance) => answer switch
    {
        { IsAccepted: true } => new WebhookVerdict.Arrived(),
        // Standard Webhooks: the receiver wants no more. Which endpoints there are is the configuration's to say.
        { Status: Gone } => new WebhookVerdict.GivenUp(),
        _ when attempt >= AttemptsAtMost => new WebhookVerdict.GivenUp(),
        _ => new WebhookVerdict.Again(now + (Delays[attempt - 1] * (1 + (Jitter * chance)))),
    };
}
