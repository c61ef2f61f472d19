using System.Globalization;
using static System.FormattableString;

namespace SessionGrains.Bench.Scale;

/// <summary>One part of a run of scale: builds up what it needs, measures, and takes it down.</summary>
internal interface IPart
{
    string Name { get; }

    Task<PartResult> Measure();
}

/// <summary>What a part found: its figures as rows, and those of them, or made of them, that something was promised of.</summary>
internal sealed record PartResult(IReadOnlyList<string> Head, IReadOnlyList<IReadOnlyList<string>> Rows, IReadOnlyList<Figure> Figures);

/// <summary>One figure, and what it must be where a target was set.</summary>
internal sealed record Figure(string What, string Is, string MustBe = "–");

/// <summary>Figures as text, the same in every country.</summary>
internal static class Written
{
    public static string Count(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Milliseconds(TimeSpan time) => Invariant($"{time.TotalMilliseconds:0.0}");

    public static string Seconds(TimeSpan time) => Invariant($"{time.TotalSeconds:0.00}");

    public static string Mebibytes(long bytes) => Invariant($"{bytes / 1024.0 / 1024.0:0}");
}
