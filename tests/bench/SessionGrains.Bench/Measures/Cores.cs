using SessionGrains.Testing;

namespace SessionGrains.Bench.Measures;

/// <summary>Who has which of the machine's cores: the system and PostgreSQL some, the generator, OpenAI and the tools the others. Both as <c>taskset</c> takes them.</summary>
internal sealed record Cores(string System, string Other)
{
    /// <summary>Words before a command that shall run on the system's cores.</summary>
    public IReadOnlyList<string> Within => ["taskset", "-c", System];

    /// <summary>Puts a process that runs already on the system's cores, with all its threads.</summary>
    public Task Pin(int process) => Command.Run(["taskset", "-a", "-p", "-c", System, $"{process}"], CancellationToken.None);

    /// <summary>What the cores have done so far.</summary>
    public CoreTimes Look()
    {
        var lines = File.ReadAllLines("/proc/stat");
        return new(CoreTime.Of(lines, Numbers(System)), CoreTime.Of(lines, Numbers(Other)));
    }

    /// <summary>The cores of a list such as <c>0,2-3</c>.</summary>
    internal static HashSet<int> Numbers(string list) =>
    [
        .. list.Split(',').Select(part => part.Split('-')).SelectMany(ends => Enumerable.Range(int.Parse(ends[0], null), int.Parse(ends[^1], null) - int.Parse(ends[0], null) + 1)),
    ];
}

/// <summary>The time of both sides' cores.</summary>
internal sealed record CoreTimes(CoreTime System, CoreTime Other)
{
    /// <summary>The shares of the time since then that they were busy.</summary>
    public (double System, double Other) Since(CoreTimes then) => (System.BusySince(then.System), Other.BusySince(then.Other));
}

/// <summary>The time that some cores have spent, and how much of it they were busy, in the kernel's ticks.</summary>
internal sealed record CoreTime(long Busy, long All)
{
    private const int Idle = 3;
    private const int WaitingForDisk = 4;

    /// <summary>How many of the columns are times of their own; those of guests are counted among the others.</summary>
    private const int Columns = 8;

    public static CoreTime Of(IEnumerable<string> lines, IReadOnlySet<int> cores)
    {
        var (busy, all) = (0L, 0L);
        foreach (var words in lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (words is [['c', 'p', 'u', .. { Length: > 0 } number], ..] && cores.Contains(int.Parse(number, null)))
            {
                var times = words.Skip(1).Take(Columns).Select(word => long.Parse(word, null)).ToArray();
                all += times.Sum();
                busy += times.Sum() - times[Idle] - times[WaitingForDisk];
            }
        }

        return new(busy, all);
    }

    public double BusySince(CoreTime then) => All == then.All ? 0 : (Busy - then.Busy) / (double)(All - then.All);
}
