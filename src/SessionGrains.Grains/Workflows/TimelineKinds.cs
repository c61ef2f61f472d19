namespace SessionGrains.Grains.Workflows;

/// <summary>The entries of a timeline that are looked for in it.</summary>
internal static class TimelineKinds
{
    public const string Started = "started";

    /// <summary>Its detail is the call.</summary>
    public const string Connected = "connected";

    public const string SecretRenewed = "secret_renewed";
    public const string BudgetWarning = "budget_warning";
    public const string Ended = "ended";
}
