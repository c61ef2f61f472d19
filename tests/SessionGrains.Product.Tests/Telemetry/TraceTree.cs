using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace SessionGrains.Product.Tests.Telemetry;

/// <summary>The spans of one trace as a person reads them: what was within what, and how long it took.</summary>
internal sealed class TraceTree(IReadOnlyList<Activity> exported, ActivityTraceId trace)
{
    private readonly IReadOnlyList<Activity> spans = [.. exported.Where(span => span.TraceId == trace).OrderBy(span => span.StartTimeUtc)];

    public IReadOnlyList<Activity> Spans => spans;

    /// <summary>A span's names from the outermost one on.</summary>
    public IReadOnlyList<string> PathTo(Func<Activity, bool> wanted)
    {
        var path = new List<string>();
        for (var span = spans.FirstOrDefault(wanted); span is not null; span = spans.FirstOrDefault(other => other.SpanId == span.ParentSpanId))
        {
            path.Insert(0, span.DisplayName);
        }

        return path;
    }

    public override string ToString()
    {
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"trace {trace}");
        foreach (var root in spans.Where(span => spans.All(other => other.SpanId != span.ParentSpanId)))
        {
            Write(text, root, 1);
        }

        return text.ToString();
    }

    private void Write(StringBuilder text, Activity span, int depth)
    {
        var links = string.Concat(span.Links.Select(link => $"  → trace {link.Context.TraceId}"));
        text.AppendLine(CultureInfo.InvariantCulture, $"{new string(' ', depth * 2)}{span.DisplayName}  {span.Duration.TotalMilliseconds:0.0} ms  ({span.Source.Name}){links}");
        foreach (var inner in spans.Where(inner => inner.ParentSpanId == span.SpanId))
        {
            Write(text, inner, depth + 1);
        }
    }
}
