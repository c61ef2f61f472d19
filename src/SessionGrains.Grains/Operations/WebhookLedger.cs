using System.Diagnostics;
using System.Globalization;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Webhooks;

namespace SessionGrains.Grains.Operations;

/// <summary>What operators see and order of webhooks.</summary>
internal sealed class WebhookLedger(WebhookSearch search, AuditTrails trails, WebhookBell bell, TimeProvider clock)
{
    public async Task<WebhookPage> Read(WebhookQuestion question, int limit, string? after)
    {
        long? place = long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        var found = await search.Find(
            new(question.Status is { } status ? Name(status) : null, question.Endpoint, question.Workflow), limit + 1, place, CancellationToken.None);
        var page = found.Take(limit).ToList();
        return new(
            [.. page.Select(View)],
            found.Count > limit ? page[^1].Number.ToString(CultureInfo.InvariantCulture) : null);
    }

    /// <summary>The order is filed before it is carried out.</summary>
    public async Task<WebhookDelivery?> Redeliver(UserId by, string id, string? reason)
    {
        if (await search.Find(id, CancellationToken.None) is not { } delivery)
        {
            return null;
        }

        var now = clock.GetUtcNow();
        await trails.File(OperatorAction.Redelivery(OperatorAction.NewId(), by, delivery, reason, now), CancellationToken.None);
        await search.Redeliver(delivery, now, CancellationToken.None);
        bell.Ring();
        return View(delivery with { Status = WebhookDeliveries.Pending, Attempts = 0, DueAt = now, SettledAt = null, Answer = null, Error = null });
    }

    private static WebhookDelivery View(LoggedDelivery logged) => new(
        logged.Id,
        logged.Endpoint,
        logged.WorkflowId,
        logged.Type,
        logged.At,
        StatusOf(logged.Status),
        logged.Attempts,
        logged.Status is WebhookDeliveries.Pending ? logged.DueAt : null,
        logged.SettledAt,
        logged.Answer,
        logged.Error);

    private static string Name(WebhookStatus status) => status switch
    {
        WebhookStatus.Pending => WebhookDeliveries.Pending,
        WebhookStatus.Delivered => WebhookDeliveries.Delivered,
        WebhookStatus.GivenUp => WebhookDeliveries.GivenUp,
        _ => throw new UnreachableException($"A webhook is never {status}."),
    };

    private static WebhookStatus StatusOf(string name) => name switch
    {
        WebhookDeliveries.Pending => WebhookStatus.Pending,
        WebhookDeliveries.Delivered => WebhookStatus.Delivered,
        WebhookDeliveries.GivenUp => WebhookStatus.GivenUp,
        _ => throw new UnreachableException($"A webhook is never {name}."),
    };
}
