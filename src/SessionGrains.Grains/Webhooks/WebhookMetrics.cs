using System.Diagnostics.Metrics;

namespace SessionGrains.Grains.Webhooks;

/// <summary>What operators count of webhooks: attempts by what came of them, what was given up, and how long the oldest waits.</summary>
internal sealed class WebhookMetrics
{
    public const string MeterName = "SessionGrains.Webhooks";

    private readonly Counter<long> attempts;
    private readonly Counter<long> givenUp;
    private readonly Gauge<double> oldest;

    public WebhookMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        attempts = meter.CreateCounter<long>("sessiongrains.webhooks.attempts", "{attempt}", "Webhooks that were sent, by what came of it.");
        givenUp = meter.CreateCounter<long>("sessiongrains.webhooks.given_up", "{webhook}", "Webhooks that are not tried any more.");
        oldest = meter.CreateGauge<double>("sessiongrains.webhooks.oldest_undelivered", "s", "Age of the oldest event that an endpoint has not got.");
    }

    /// <summary>An alarm on an increase does not see the one that a series begins with.</summary>
    public void Begin(string endpoint) => givenUp.Add(0, Of(endpoint));

    public void Attempted(string endpoint, bool isAccepted) =>
        attempts.Add(1, Of(endpoint), new("outcome", isAccepted ? "delivered" : "failed"));

    public void GivenUp(string endpoint) => givenUp.Add(1, Of(endpoint));

    public void Oldest(string endpoint, TimeSpan age) => oldest.Record(Math.Max(0, age.TotalSeconds), Of(endpoint));

    private static KeyValuePair<string, object?> Of(string endpoint) => new("endpoint", endpoint);
}
