using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Tests.Workflows;
using Xunit;

namespace SessionGrains.Grains.Tests.Sideband;

/// <summary>When it is tried again, and when a call is over.</summary>
public sealed class AttachRulesTests
{
    private static readonly AttachRules Fresh = new(ConnectionMode.Brokered, IsTakeover: false);

    [Theory]
    [InlineData(1, 0, 0.2)]
    [InlineData(2, 0.2, 0.4)]
    [InlineData(4, 1.4, 1.6)]
    [InlineData(5, 3, 2)]
    [InlineData(60, 9.9, 2)]
    [InlineData(9, 10, 5)]
    [InlineData(1000, 3000, 5)]
    public void It_is_tried_hard_for_ten_seconds_and_then_every_five(int attempts, double elapsed, double delay) =>
        Assert.Equal(A.Seconds(delay), Fresh.Delay(attempts, A.Seconds(elapsed), wasAttached: false));

    [Fact]
    public void A_call_that_may_answer_to_no_key_of_ours_is_tried_once_a_minute()
    {
        var rules = new AttachRules(ConnectionMode.ClientSecret, IsTakeover: false);

        Assert.Equal(A.Seconds(60), rules.Delay(9, A.Seconds(11), wasAttached: false));
        Assert.Equal(A.Seconds(5), rules.Delay(9, A.Seconds(11), wasAttached: true));
        Assert.Equal(A.Seconds(0.2), rules.Delay(1, A.Seconds(0), wasAttached: false));
    }

    [Theory]
    [InlineData(ConnectionMode.Brokered, false, false, false)]
    [InlineData(ConnectionMode.Brokered, false, true, true)]
    [InlineData(ConnectionMode.Brokered, true, false, true)]
    [InlineData(ConnectionMode.Sealed, true, false, true)]
    [InlineData(ConnectionMode.ClientSecret, true, false, false)]
    [InlineData(ConnectionMode.ClientSecret, false, true, true)]
    public void Not_found_means_over_only_where_the_call_was_known_to_that_key(ConnectionMode mode, bool isTakeover, bool isProvenKey, bool isOver) =>
        Assert.Equal(isOver, new AttachRules(mode, isTakeover, NewUntil: A.Noon).IsOver(isProvenKey, A.Noon));

    [Fact]
    public void A_call_that_is_taken_over_in_its_first_moments_may_not_be_known_yet()
    {
        var rules = new AttachRules(ConnectionMode.Brokered, IsTakeover: true, NewUntil: A.Noon);

        Assert.False(rules.IsOver(isProvenKey: false, A.Noon - A.Seconds(1)));
        Assert.True(rules.IsOver(isProvenKey: true, A.Noon - A.Seconds(1)));
    }
}
