using System.Text;
using SessionGrains.Bench.Loads;
using SessionGrains.Bench.Measures;
using SessionGrains.Bench.Systems;
using static System.FormattableString;

namespace SessionGrains.Bench.Results;

/// <summary>The figures as Markdown, ours first.</summary>
internal static class Table
{
    /// <summary>From here on the generator's side may have been what was measured.</summary>
    private const double TooBusy = 0.9;

    /// <summary>How much faster than each of the others ours must be.</summary>
    private static readonly (string Peer, double Lifecycles, double? Tools)[] Targets =
        [(Candidate.Minimal.Name, 1.0, 1.5), (Candidate.Postgres.Name, 2.0, null), (Candidate.Dbos.Name, 5.0, null)];

    public static string Of(IReadOnlyList<Figures> all, PhysicalLimit limit)
    {
        var text = new StringBuilder();
        Line("| system | lifecycles/s (callers) | at 50 %: p50 / p99 / p99.9 ms | at 80 % | tool calls/s (callers) |");
        Line("| --- | ---: | ---: | ---: | ---: |");
        foreach (var one in all)
        {
            Line($"| {one.Name} | {Rate(one.Knee)} | {Percentiles(one.Half)} | {Percentiles(one.Most)} | {Rate(one.Tools)} |");
        }

        Line("");
        Line("| per lifecycle, at 80 % | CPU-ms | commits | statements | WAL KiB | commits/s at the knee, of the most inserts/s |");
        Line("| --- | --- | ---: | ---: | ---: | ---: |");
        foreach (var one in all)
        {
            Line($"| {one.Name} | {ProcessTimes.Text(one.Most.Cpu)} | "
                + Invariant($"{one.Most.Commits:0.00} | {one.Most.Statements:0.0} | {one.Most.WalBytes / 1024:0.0} | {one.Most.Commits * one.Knee.PerSecond / limit.Inserts.PerSecond:0.00} |"));
        }

        Line("");
        Line(Invariant($"The most that this PostgreSQL can do with one row of 1 KiB per transaction: {Rate(limit.Inserts)} inserts/s, {Rate(limit.Updates)} updates/s."));
        if (all.SelectMany(one => new[] { one.Knee, one.Tools }).Any(IsDoubtful))
        {
            Line("");
            Line(Invariant($"† The cores of the generator, OpenAI and the tools were busy for {TooBusy:0 %} of the time or more: the system may be faster than this."));
        }

        if (all is [var ours, _, ..] && ours.Name == Candidate.SessionGrains.Name)
        {
            Line("");
            Line("| ours, compared | lifecycles/s | must be | tool calls/s | must be |");
            Line("| --- | ---: | ---: | ---: | ---: |");
            foreach (var (name, lifecycles, tools) in Targets)
            {
                if (all.FirstOrDefault(one => one.Name == name) is { } peer)
                {
                    Line(Invariant($"| {name} | {ours.Knee.PerSecond / peer.Knee.PerSecond:0.00} × | {lifecycles:0.0} × | {ours.Tools.PerSecond / peer.Tools.PerSecond:0.00} × | ")
                        + (tools is null ? "– |" : Invariant($"{tools:0.0} × |")));
                }
            }
        }

        return text.ToString();

        void Line(string line) => text.Append(line).Append('\n');
    }

    private static string Rate(Step step) => Invariant($"{step.PerSecond:0}{(IsDoubtful(step) ? " †" : "")} ({step.Callers})");

    private static bool IsDoubtful(Step step) => step.OtherBusy >= TooBusy;

    private static string Percentiles(Window window) => string.Join(
        " / ", new[] { 50, 99, 99.9 }.Select(percentile => Invariant($"{window.Result.Latencies.At(percentile).TotalMilliseconds:0.0}")));
}
