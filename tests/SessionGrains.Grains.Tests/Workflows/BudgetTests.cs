using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Workflows;
using Xunit;
using static SessionGrains.Grains.Tests.Workflows.A;

namespace SessionGrains.Grains.Tests.Workflows;

public sealed class BudgetTests
{
    [Fact]
    public void The_cap_that_is_nearest_counts()
    {
        Assert.Equal(0.5, Budgets.Used(Consumption.None with { CostUsd = 0.75m, Responses = 10 }, Limits));
        Assert.Equal(0.75, Budgets.Used(Consumption.None with { CostUsd = 0.75m, Responses = 150 }, Limits));
    }

    [Fact]
    public void A_cost_cap_of_zero_is_no_cap()
    {
        var limits = Limits with { MaxCostUsd = 0 };

        Assert.Equal(0, Budgets.Used(Consumption.None with { CostUsd = 1_000_000 }, limits));
        Assert.Null(Budgets.Exhausted(Consumption.None with { CostUsd = 1_000_000 }, limits));
    }

    [Fact]
    public void The_budget_is_exhausted_at_its_last_cent()
    {
        Assert.Null(Budgets.Exhausted(Consumption.None with { CostUsd = 1.4999m }, Limits));
        Assert.NotNull(Budgets.Exhausted(Consumption.None with { CostUsd = 1.5m }, Limits));
    }

    [Fact]
    public void The_response_after_the_last_allowed_one_is_one_too_many()
    {
        Assert.Null(Budgets.Exhausted(Consumption.None with { Responses = 200 }, Limits));
        Assert.NotNull(Budgets.Exhausted(Consumption.None with { Responses = 201 }, Limits));
    }
}
