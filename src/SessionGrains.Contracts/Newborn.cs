namespace SessionGrains;

/// <summary>Says, along with a start, that its workflow's id was made up for it: nothing can be stored of it yet, and nobody needs to look.</summary>
/// <remarks>It saves a read. Were it not true, the first write would fail, since there is a row already.</remarks>
public static class Newborn
{
    private const string Key = "newborn";

    /// <summary>For the grain calls that follow in this flow of control.</summary>
    public static void Announce(WorkflowId id) => RequestContext.Set(Key, id.Value);

    /// <summary>Whether the call that is here says so of this workflow.</summary>
    public static bool Is(WorkflowId id) => RequestContext.Get(Key) as string == id.Value;

    /// <summary>Calls made from here on do not say it: they may find another activation when the workflow is born long since.</summary>
    public static void Forget() => RequestContext.Remove(Key);
}
