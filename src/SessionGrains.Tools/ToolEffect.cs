namespace SessionGrains.Tools;

/// <summary>What running a tool twice would do, as the operator declares it.</summary>
public enum ToolEffect
{
    /// <summary>It is sent at most once; a call whose outcome nobody recorded ends unknown.</summary>
    Unkeyed,

    /// <summary>It only reads, and may be run again.</summary>
    Read,

    /// <summary>It honours our idempotency key, and may be sent again with the same one.</summary>
    Keyed,
}
