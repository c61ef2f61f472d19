using System.Globalization;

namespace SessionGrains.Grains.Operations;

/// <summary>A place in a list that is ordered by a time and an id, and for events by a number too, as the <c>next</c> of a page.</summary>
internal sealed record ListPlace(DateTimeOffset At, string Id, int Seq = 0)
{
    private const long LatestTime = 253402300799999;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.ToUnixTimeMilliseconds()}~{Id}~{Seq}");

    /// <summary>The place that a text names; null for a text that names none, and then a list begins at its start.</summary>
    public static ListPlace? Parse(string? text) =>
        text?.Split('~') is [var at, { Length: > 0 } id, var seq]
        && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var ms) && ms <= LatestTime
        && int.TryParse(seq, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new(DateTimeOffset.FromUnixTimeMilliseconds(ms), id, number)
            : null;
}
