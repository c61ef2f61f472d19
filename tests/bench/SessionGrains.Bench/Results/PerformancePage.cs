namespace SessionGrains.Bench.Results;

/// <summary>The page that shows the figures: the words around them are written by hand.</summary>
internal static class PerformancePage
{
    public static string File => Path.Combine(Repository.Folder, "docs", "performance.md");

    /// <summary>The page with other figures in one of its places.</summary>
    public static string With(string page, Place place, string figures)
    {
        var (from, to) = (page.IndexOf(place.Begin, StringComparison.Ordinal), page.IndexOf(place.End, StringComparison.Ordinal));
        return from < 0 || to < from
            ? throw new InvalidOperationException($"The page has no place for figures: {place.Begin} … {place.End}")
            : $"{page[..(from + place.Begin.Length)]}\n\n{figures.Trim()}\n\n{page[to..]}";
    }
}

/// <summary>Where on the page one kind of run writes.</summary>
internal sealed record Place(string Begin, string End)
{
    public static Place Comparison { get; } = new("<!-- figures: written by ./bench.sh -->", "<!-- end of figures -->");

    public static Place Scale { get; } = new("<!-- figures of scale: written by ./bench.sh --scale -->", "<!-- end of figures of scale -->");
}
