using SessionGrains.Grains.Workflows;
using Xunit;
using static SessionGrains.Grains.Tests.Workflows.A;

namespace SessionGrains.Grains.Tests.Workflows;

public sealed class DeafWorkflowsTests
{
    private readonly DeafWorkflows deaf = new();

    [Fact]
    public void One_that_never_hears_is_knocked_at_after_five_seconds_and_ever_more_seldom_down_to_once_a_minute()
    {
        var now = Noon;
        foreach (var wait in (double[])[5, 10, 20, 40, 60, 60])
        {
            deaf.Take(["a"], ["a"], now);
            Assert.Empty(deaf.Due(now + Seconds(wait - 1)));
            now += Seconds(wait);
            Assert.Equal(["a"], deaf.Due(now));
        }
    }

    [Fact]
    public void One_that_has_heard_is_left_alone()
    {
        deaf.Take(["a", "b"], ["a", "b"], Noon);

        deaf.Take(["a", "b"], ["b"], Noon + Seconds(5));

        Assert.Equal(["b"], deaf.Due(Noon + Seconds(3600)));
    }

    [Fact]
    public void Each_waits_for_itself()
    {
        deaf.Take(["a"], ["a"], Noon);
        deaf.Take(["a", "b"], ["a", "b"], Noon + Seconds(5));

        Assert.Equal(["b"], deaf.Due(Noon + Seconds(10)));
    }
}
