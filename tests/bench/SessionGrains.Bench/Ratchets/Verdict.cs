using static System.FormattableString;

namespace SessionGrains.Bench.Ratchets;

/// <summary>What a lifecycle costs of what it cost before: the middle of pairs of turns, each of which had the same machine.</summary>
/// <param name="CpuRatio">CPU time of all processes, as a multiple.</param>
/// <param name="MoreCommits">How many more transactions were committed.</param>
internal sealed record Verdict(double CpuRatio, double MoreCommits)
{
    /// <summary>A machine that does other things besides moves the middle by a few per cent.</summary>
    private const double MostCpu = 1.2;

    /// <summary>One more write in each lifecycle is a whole one. What silos write by themselves is far less.</summary>
    private const double MostCommits = 0.5;

    public bool Holds => CpuRatio <= MostCpu && MoreCommits < MostCommits;

    public static Verdict Of(IReadOnlyCollection<(Turn Now, Turn Before)> pairs) =>
        new(Middle(pairs.Select(pair => pair.Now.CpuMilliseconds / pair.Before.CpuMilliseconds)), Middle(pairs.Select(pair => pair.Now.Commits - pair.Before.Commits)));

    public override string ToString() => Invariant(
        $"{(Holds ? "held" : "BROKEN")}: a lifecycle costs {CpuRatio:0.00} × the CPU time of the other build (at most {MostCpu:0.0} ×), and {MoreCommits:+0.00;-0.00;0.00} commits (less than {MostCommits:0.0} more)");

    private static double Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>What one lifecycle cost on the average of one turn.</summary>
internal sealed record Turn(double CpuMilliseconds, double Commits);
