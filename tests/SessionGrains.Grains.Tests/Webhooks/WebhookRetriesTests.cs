using SessionGrains.Grains.Webhooks;
using SessionGrains.Tools.Webhooks;
using Xunit;

namespace SessionGrains.Grains.Tests.Webhooks;

/// <summary>When a webhook is tried again, and when it is given up.</summary>
public sealed class WebhookRetriesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Theory, InlineData(200), InlineData(204), InlineData(299)]
    public void Every_2xx_is_an_arrival(int status) => Assert.IsType<WebhookVerdict.Arrived>(Judge(new(status, null)));

    [Theory]
    [InlineData(100), InlineData(301), InlineData(308), InlineData(400), InlineData(401), InlineData(404), InlineData(429), InlineData(500), InlineData(503), InlineData(null)]
    public void Whatever_else_comes_of_it_is_tried_again(int? status) => Assert.IsType<WebhookVerdict.Again>(Judge(new(status, status is null ? "timeout" : null)));

    [Fact]
    public void What_is_gone_is_given_up_at_once() => Assert.IsType<WebhookVerdict.GivenUp>(Judge(new(410, null)));

    [Fact]
    public void It_is_tried_soon_then_ever_more_rarely_for_about_a_day_and_then_given_up()
    {
        foreach (var chance in new[] { 0, 0.999 })
        {
            var (at, delays) = (Noon, new List<TimeSpan>());
            for (var attempt = 1; Judge(new(500, null), attempt, at, chance) is WebhookVerdict.Again(var again); attempt++)
            {
                delays.Add(again - at);
                at = again;
            }

            Assert.Equal(WebhookRetries.AttemptsAtMost - 1, delays.Count);
            Assert.Equal(delays.Order(), delays);
            Assert.InRange(delays[0], TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5.5));
            Assert.InRange(at - Noon, TimeSpan.FromHours(23), TimeSpan.FromHours(27));
            Assert.IsType<WebhookVerdict.GivenUp>(Judge(new(500, null), delays.Count + 1));
        }
    }

    [Fact]
    public void What_failed_together_does_not_come_back_together()
    {
        var first = Assert.IsType<WebhookVerdict.Again>(Judge(new(500, null), chance: 0));
        var second = Assert.IsType<WebhookVerdict.Again>(Judge(new(500, null), chance: 0.5));

        Assert.NotEqual(first.At, second.At);
    }

    private static WebhookVerdict Judge(WebhookAnswer answer, int attempt = 1, DateTimeOffset? now = null, double chance = 0) =>
        WebhookRetries.Judge(answer, attempt, now ?? Noon, chance);
}
