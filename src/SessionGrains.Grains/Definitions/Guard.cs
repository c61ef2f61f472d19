namespace SessionGrains.Grains.Definitions;

/// <summary>What happens when a browser changes the session in a way that the definition does not explain (brokered mode).</summary>
internal enum Guard
{
    /// <summary>The session is set back.</summary>
    Revert,

    /// <summary>The workflow ends.</summary>
    End,

    /// <summary>It is only recorded.</summary>
    Warn,
}
