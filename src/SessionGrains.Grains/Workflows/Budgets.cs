using System.Globalization;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Sideband;

namespace SessionGrains.Grains.Workflows;

/// <summary>The rules of what a workflow may use.</summary>
/// <remarks>What a response costs is known when it is done, so a budget can be passed by one response.</remarks>
internal static class Budgets
{
    /// <summary>The part of the budget from which the page and the audit trail are warned.</summary>
    public const double Warning = 0.8;

    /// <summary>The part that is used up of whichever cap is nearest; null without a cap.</summary>
    public static double? Used(Consumption consumption, Limits limits)
    {
        var ofCost = limits.MaxCostUsd > 0 ? (double)(consumption.CostUsd / limits.MaxCostUsd) : (double?)null;
        var ofResponses = limits.MaxResponses > 0 ? (double)consumption.Responses / limits.MaxResponses : (double?)null;
        return ofCost is null || ofResponses > ofCost ? ofResponses : ofCost;
    }

    /// <summary>Which cap was passed, in words; null while none was.</summary>
    public static string? Exhausted(Consumption consumption, Limits limits)
    {
        if (limits.MaxCostUsd > 0 && consumption.CostUsd >= limits.MaxCostUsd)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{consumption.CostUsd:0.0000} of {limits.MaxCostUsd} US dollars");
        }

        return limits.MaxResponses > 0 && consumption.Responses > limits.MaxResponses
            ? string.Create(CultureInfo.InvariantCulture, $"{consumption.Responses} of {limits.MaxResponses} responses")
            : null;
    }
}
