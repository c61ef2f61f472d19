using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionGrains.Grains.Storage;

namespace SessionGrains.Grains.Audit;

/// <summary>Files who was refused a start, and why. A refusal has changed nothing, so it is answered first and filed behind the answer.</summary>
/// <remarks>
/// Whoever is refused in a loop must not fill the trail: of each user's refusals in a minute the first few are filed one by one, the rest as a number.
/// What a silo has not filed yet when it is killed is lost, a second's worth or, with the store away, some more.
/// </remarks>
internal sealed class RefusedStarts(AuditTrails trails, TimeProvider clock, ILogger<RefusedStarts> logger) : BackgroundService
{
    public const string Prefix = "start_";
    public const int EachPerMinute = 20;

    private const int MostWaiting = 1_000;
    private const int LongestDetail = 300;

    private static readonly TimeSpan CountEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly Channel<AuditTrail> waiting = Channel.CreateBounded<AuditTrail>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly Lock gate = new();
    private Dictionary<string, (UserId User, int Count)> counts = [];
    private DateTimeOffset countedSince = clock.GetUtcNow();

    /// <summary>Takes note of a refusal. One that only says that something is away for the moment is none.</summary>
    public void Note(UserId user, string definition, Refusal refusal)
    {
        if (refusal.Code is RefusalCode.StorageUnavailable or RefusalCode.Draining or RefusalCode.ProviderUnavailable or RefusalCode.ProviderRateLimited)
        {
            return;
        }

        var now = clock.GetUtcNow();
        int count;
        lock (gate)
        {
            if (now - countedSince >= CountEvery)
            {
                TellRest(now);
                (counts, countedSince) = ([], now);
            }

            count = counts.GetValueOrDefault(user.UserKey).Count + 1;
            counts[user.UserKey] = (user, count);
        }

        if (count <= EachPerMinute)
        {
            var why = string.Join(", ", refusal.Faults.Select(fault => fault.Where));
            File(user, definition, "start_refused", why is "" ? $"{refusal.Code}" : $"{refusal.Code}: {why}", now);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var trail in waiting.Reader.ReadAllAsync(CancellationToken.None))
        {
            while (!await TryFile(trail) && !stoppingToken.IsCancellationRequested)
            {
                await Task.Delay(RetryAfter, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            TellRest(clock.GetUtcNow());
            counts = [];
        }

        waiting.Writer.TryComplete();
        return base.StopAsync(cancellationToken);
    }

    private void TellRest(DateTimeOffset now)
    {
        foreach (var (user, count) in counts.Values.Where(counted => counted.Count > EachPerMinute))
        {
            File(user, null, "starts_refused", string.Create(CultureInfo.InvariantCulture, $"{count - EachPerMinute} more within a minute"), now);
        }
    }

    private void File(UserId user, string? definition, string kind, string detail, DateTimeOffset now)
    {
        var shown = detail.Length > LongestDetail ? detail[..LongestDetail] : detail;
        var trail = new AuditTrail($"{Prefix}{Guid.NewGuid():n}", now, user.Subject, user.Tenant, definition, [new(0, now, kind, shown)]);
        if (!waiting.Writer.TryWrite(trail))
        {
            logger.RefusalNotFiled();
        }
    }

    private async Task<bool> TryFile(AuditTrail trail)
    {
        try
        {
            await trails.File(trail, default);
            return true;
        }
        // The store is away: nobody waits for this, so it is tried until it is back.
        catch (Exception e)
        {
            logger.RefusalWaits(e.GetType().Name);
            return false;
        }
    }
}

internal static partial class RefusedStartsLog
{
    [LoggerMessage(770, LogLevel.Warning, "A refused start is not in the audit trail: too many wait to be filed")]
    public static partial void RefusalNotFiled(this ILogger logger);

    [LoggerMessage(771, LogLevel.Warning, "Refused starts wait to be filed: {Fault}")]
    public static partial void RefusalWaits(this ILogger logger, string fault);
}
