using static System.FormattableString;

namespace SessionGrains.Bench.Measures;

/// <summary>CPU time of groups of processes, as the kernel counts it.</summary>
internal sealed class ProcessTimes
{
    /// <summary>What <c>/proc</c> counts in, on every Linux that runs .NET.</summary>
    private const int MillisecondsPerTick = 10;

    private readonly Dictionary<string, long> ticks;

    private ProcessTimes(Dictionary<string, long> ticks) => this.ticks = ticks;

    public static ProcessTimes Of(IEnumerable<(string Name, int Id)> processes) =>
        new(processes.GroupBy(one => one.Name).ToDictionary(group => group.Key, group => group.Sum(one => Ticks(one.Id))));

    /// <summary>Milliseconds since then, by group.</summary>
    public IReadOnlyList<(string Name, double Milliseconds)> Since(ProcessTimes then) =>
        [.. ticks.Select(group => (group.Key, (double)(group.Value - then.ticks.GetValueOrDefault(group.Key)) * MillisecondsPerTick))];

    public static string Text(IEnumerable<(string Name, double Milliseconds)> groups) =>
        string.Join(", ", groups.Select(group => Invariant($"{group.Name} {group.Milliseconds:0.00}")));

    /// <summary>Its own time and that of the children that it has waited for, as a connection's process that is gone.</summary>
    private static long Ticks(int process)
    {
        try
        {
            return Parse(File.ReadAllText($"/proc/{process}/stat"));
        }
        catch (IOException)
        {
            return 0;
        }
    }

    internal static long Parse(string stat)
    {
        // The command's name in parentheses may hold anything; the state comes after it, and user and system time are the 12th and 13th words from there.
        var words = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return words[11..15].Sum(word => long.Parse(word, null));
    }
}
