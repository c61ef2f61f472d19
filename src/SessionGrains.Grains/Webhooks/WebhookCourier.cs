using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using SessionGrains.Grains.Storage;
using SessionGrains.Tools.Webhooks;

namespace SessionGrains.Grains.Webhooks;

/// <summary>Delivers what one endpoint is to be told: different workflows at once, those of one workflow one after another.</summary>
/// <remarks>Each silo has one for each endpoint, so that an endpoint which does not answer holds up no other.</remarks>
internal sealed class WebhookCourier(
    string name,
    WebhookEndpoint endpoint,
    WebhookOptions options,
    WebhookDeliveries deliveries,
    WebhookBell bell,
    IWebhookSender sender,
    IConfiguration variables,
    WebhookMetrics metrics,
    TimeProvider clock,
    ILogger<WebhookCourier> logger)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MeasureEvery = TimeSpan.FromSeconds(15);

    // How long recording may take beyond the attempt itself before others take the delivery over.
    private static readonly TimeSpan RecordWithin = TimeSpan.FromSeconds(15);

    // What is under way when the silo stops may finish; later it is cancelled, and sent again by another.
    private static readonly TimeSpan FinishWithin = TimeSpan.FromSeconds(5);

    private DateTimeOffset nextMeasure = DateTimeOffset.MinValue;

    public async Task Run(CancellationToken stopping)
    {
        metrics.Begin(name);
        using var cancel = new CancellationTokenSource();
        var underWay = new List<Task>();
        while (!stopping.IsCancellationRequested)
        {
            // Before the look, so that what comes meanwhile is not overlooked.
            var rung = bell.Next;
            underWay.RemoveAll(delivery => delivery.IsCompleted);
            underWay.AddRange((await Take(options.AtOnce - underWay.Count, stopping)).Select(taken => Deliver(taken, cancel.Token)));
            await Task.WhenAny([rung, Task.Delay(LookEvery, clock, stopping), .. underWay]);
        }

        try
        {
            await Task.WhenAll(underWay).WaitAsync(FinishWithin, clock, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            await cancel.CancelAsync();
            await Task.WhenAll(underWay);
        }
    }

    private async Task<IReadOnlyList<TakenDelivery>> Take(int atMost, CancellationToken stopping)
    {
        try
        {
            var now = clock.GetUtcNow();
            if (now >= nextMeasure)
            {
                nextMeasure = now + MeasureEvery;
                metrics.Oldest(name, now - (await deliveries.Oldest(name, stopping) ?? now));
            }

            return atMost > 0 ? await deliveries.Take(name, atMost, now, now + options.Timeout + RecordWithin, stopping) : [];
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return [];
        }
        // The store may be away for a while; what is due then is due when it returns.
        catch (Exception e)
        {
            logger.WebhooksNotFound(name, e);
            return [];
        }
    }

    private async Task Deliver(TakenDelivery taken, CancellationToken cancellationToken)
    {
        try
        {
            if (clock.GetUtcNow() >= taken.Until - RecordWithin)
            {
                // This silo was frozen meanwhile; somebody else may have it.
                return;
            }

            var answer = await sender.SendAsync(
                endpoint.Target(variables), new(taken.Id, Encoding.UTF8.GetBytes(taken.Body)), options.Timeout, cancellationToken);
            Failpoint.Hit("webhook-sent");
            await Record(taken, answer, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Its time as ours runs out, and another silo sends it again.
        }
        // Whatever it is, nothing is recorded: it is sent again when its time as ours is over.
        catch (Exception e)
        {
            logger.WebhookNotRecorded(taken.Id, taken.WorkflowId, name, e);
        }
    }

    private async Task Record(TakenDelivery taken, WebhookAnswer answer, CancellationToken cancellationToken)
    {
        metrics.Attempted(name, answer.IsAccepted);
        var now = clock.GetUtcNow();
        var fault = new WebhookFault(answer.Status, answer.Fault ?? string.Create(CultureInfo.InvariantCulture, $"status {answer.Status}"));
        switch (WebhookRetries.Judge(answer, taken.Attempt, now, Random.Shared.NextDouble()))
        {
            case WebhookVerdict.Arrived:
                await deliveries.Arrived(taken, answer.Status!.Value, now, cancellationToken);
                break;
            case WebhookVerdict.Again(var again):
                await deliveries.Failed(name, taken, fault, again, cancellationToken);
                logger.WebhookFailed(taken.Id, taken.WorkflowId, name, taken.Attempt, fault.Kind, again - now);
                break;
            case WebhookVerdict.GivenUp:
                await deliveries.GiveUp(taken, fault, now, cancellationToken);
                metrics.GivenUp(name);
                logger.WebhookGivenUp(taken.Id, taken.WorkflowId, name, taken.Attempt, fault.Kind);
                break;
        }
    }
}
