namespace SessionGrains.Emulator.Tests;

/// <summary>Makes orders of events comparable where the number of deltas does not matter.</summary>
internal static class Folding
{
    /// <summary>Runs of the same type become one.</summary>
    public static IEnumerable<string> Folded(this IEnumerable<string> types)
    {
        string? last = null;
        foreach (var type in types.Where(t => t != last))
        {
            yield return last = type;
        }
    }
}
