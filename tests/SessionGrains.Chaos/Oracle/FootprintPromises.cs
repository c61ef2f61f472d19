using static System.FormattableString;

namespace SessionGrains.Chaos.Oracle;

/// <summary>What must hold of the processes that went through it all.</summary>
internal static class FootprintPromises
{
    private const double MiB = 1024 * 1024;

    /// <summary>What a warm process keeps alive does not grow with the time that it runs. The first third of it is for warming up.</summary>
    public static Promise Memory(double mebibytesPerTenMinutes) => new(
        "memory", Invariant($"no process keeps {mebibytesPerTenMinutes:0.#} MiB more alive every ten minutes"),
        history =>
        {
            var processes = history.Footprints.GroupBy(one => one.Process).Select(all => all.OrderBy(one => one.At).ToList()).Where(all => all.Count > 3)
                .Select(all => (Process: all[0].Process, All: all, Slope: Slope([.. all.Skip(all.Count / 3)]))).ToList();
            return Finding.Of(
                processes,
                one => one.Slope > mebibytesPerTenMinutes ? Invariant($"{one.Process} keeps {one.Slope:0.0} MiB more alive every ten minutes") : null,
                string.Join(", ", processes.Select(one =>
                    Invariant($"{one.Process} {one.Slope:+0.0;-0.0} MiB/10 min (alive {string.Join(" ", one.All.Where((_, n) => n % 5 is 0).Select(look => Invariant($"{look.Heap / MiB:0}")))} MiB, resident {one.All[0].Resident / MiB:0} → {one.All[^1].Resident / MiB:0} MiB)"))));
        });

    /// <summary>What a process held open is closed when the work is done.</summary>
    public static Promise Sockets(int above) => new(
        "sockets", $"when all is over and what was idle is closed each process has at most {above} sockets more than before",
        history => Finding.Of(
            history.Footprints.GroupBy(one => one.Process).Select(all => all.OrderBy(one => one.At).ToList()).Where(all => all.Count > 1),
            all => all[^1].Sockets > all[0].Sockets + above ? $"{all[0].Process} had {all[0].Sockets} sockets and has {all[^1].Sockets}" : null,
            string.Join(", ", history.Footprints.GroupBy(one => one.Process).Select(all => $"{all.Key} {all.MinBy(one => one.At)!.Sockets} → {all.MaxBy(one => one.At)!.Sockets}"))));

    /// <summary>Least squares, in MiB per ten minutes.</summary>
    private static double Slope(IReadOnlyList<Footprint> looks)
    {
        var start = looks.Min(look => look.At);
        var points = looks.Select(look => (X: (look.At - start).TotalMinutes / 10, Y: look.Heap / MiB)).ToList();
        var (x, y) = (points.Average(point => point.X), points.Average(point => point.Y));
        return points.Sum(point => (point.X - x) * (point.Y - y)) / points.Sum(point => (point.X - x) * (point.X - x));
    }
}
