using System.Text;

namespace SessionGrains.Bench.Scale;

/// <summary>The figures of scale as Markdown: first what was promised, then what was measured.</summary>
internal static class ScaleTables
{
    public static string Of(IReadOnlyList<(IPart Part, PartResult Result)> all)
    {
        var text = new StringBuilder();
        Table(["figure", "is", "must be"], all.SelectMany(one => one.Result.Figures).Select(figure => new[] { figure.What, figure.Is, figure.MustBe }));
        foreach (var (part, result) in all)
        {
            text.Append('\n').Append($"**{part.Name}**").Append("\n\n");
            Table(result.Head, result.Rows);
        }

        return text.ToString();

        void Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
        {
            Line(head);
            Line([.. head.Select((_, n) => n is 0 ? "---" : "---:")]);
            foreach (var row in rows)
            {
                Line(row);
            }
        }

        void Line(IEnumerable<string> cells) => text.Append($"| {string.Join(" | ", cells)} |").Append('\n');
    }
}
