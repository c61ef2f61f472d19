namespace SessionGrains.Grains.Definitions;

/// <summary>How many workflows may live at once, and how often they may be started.</summary>
internal sealed record Quotas(int LivePerUser, int LivePerTenant, int StartsPerUserPerMinute, WhenUserIsFull WhenUserIsFull);

/// <summary>What a start does when the user's slots are taken.</summary>
internal enum WhenUserIsFull
{
    /// <summary>It is refused.</summary>
    Refuse,

    /// <summary>It ends the user's oldest workflow and takes its place.</summary>
    Supersede,
}
