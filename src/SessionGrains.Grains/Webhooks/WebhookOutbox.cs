using Microsoft.Extensions.Options;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Workflows;

namespace SessionGrains.Grains.Webhooks;

/// <summary>Takes what endpoints are to be told. What is in it is delivered, whoever dies; where there are no endpoints, nothing is ever written.</summary>
internal sealed class WebhookOutbox(IOptions<WebhookOptions> options, WebhookDeliveries deliveries, WebhookBell bell, TimeProvider clock)
{
    public bool HasEndpoints => options.Value.Endpoints.Count > 0;

    /// <summary>The rows of these events, for a transaction of somebody else.</summary>
    public IReadOnlyList<WebhookRow> Rows(WorkflowId id, WorkflowState state, IReadOnlyList<WebhookEvent> events) =>
        WebhookBodies.Rows(options.Value.Endpoints, id, state, events);

    /// <summary>Keeps events in their order; those that it has are left as they are.</summary>
    public async Task Add(WorkflowId id, WorkflowState state, IReadOnlyList<WebhookEvent> events, CancellationToken cancellationToken)
    {
        if (Rows(id, state, events) is { Count: > 0 } rows)
        {
            await deliveries.Add(id.Value, rows, clock.GetUtcNow(), cancellationToken);
            bell.Ring();
        }
    }

    /// <summary>Somebody else's transaction is through.</summary>
    public void Ring() => bell.Ring();
}
