using System.Globalization;
using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Workflows;

/// <summary>Which part of a list is asked for, or what is wrong with the question.</summary>
internal sealed record Page(int Limit, string? After, Problem? Problem)
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 100;
    private const int MaxAfter = 256;

    public static ValueTask<Page> BindAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var faults = new List<Fault>();
        var limit = DefaultLimit;
        if (query["limit"] is { Count: > 0 } limits && !(limits.Count == 1 && IsLimit(limits[0], out limit)))
        {
            faults.Add(new("limit", $"A whole number from 1 to {MaxLimit}, once."));
        }

        var after = query["after"];
        if (after is not ([] or [{ Length: >= 1 and <= MaxAfter }]))
        {
            faults.Add(new("after", "The next of the page before, once."));
        }

        return ValueTask.FromResult(faults.Count == 0
            ? new Page(limit, after.Count == 0 ? null : after[0], null)
            : new Page(DefaultLimit, null, Problems.Invalid([.. faults])));
    }

    private static bool IsLimit(string? text, out int limit) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MaxLimit;
}
