using static System.FormattableString;

namespace SessionGrains.Chaos.Oracle;

/// <summary>What must hold of the answers that callers get.</summary>
internal static class AnswerPromises
{
    /// <summary>A no is one of those that the documentation names, and what may be tried again says when.</summary>
    public static Promise Clean { get; } = new(
        "clean answers", "whoever is refused is told so in words, with 429 or 503 and Retry-After where another try helps; never 500",
        history =>
        {
            var answered = history.Replies.Where(reply => reply.Status is not 0).ToList();
            return Finding.Of(
                answered,
                reply => reply.Status is 500 or 502 or 504 ? $"{reply.Ask} was answered with {reply.Status} {reply.Code}"
                    : reply.Status is 503 && !reply.HasRetryAfter ? $"{reply.Ask} was answered with 503 {reply.Code} and no Retry-After"
                    : !reply.IsYes && reply.Code is null ? $"{reply.Ask} was answered with a bare {reply.Status}"
                    : null,
                string.Join(", ", answered.CountBy(reply => reply.Status).OrderBy(pair => pair.Key).Select(pair => $"{pair.Value} × {pair.Key}")));
        });

    /// <summary>Nobody waits for an answer longer than that while something is broken.</summary>
    public static Promise Within(TimeSpan bound, string trouble) => new(
        "quick answers", Invariant($"meanwhile every start is answered within {bound.TotalSeconds:0} s"),
        history =>
        {
            var meanwhile = history.Replies.Where(reply => reply.Ask is Ask.Start && history.Troubles.Any(one => one.What == trouble && one.From <= reply.AskedAt && reply.AskedAt < one.To)).ToList();
            return Finding.Of(
                meanwhile,
                reply => reply.At - reply.AskedAt > bound ? Invariant($"a start was answered with {reply.Status} after {(reply.At - reply.AskedAt).TotalSeconds:0.0} s") : null,
                Invariant($"{meanwhile.Count} starts, {meanwhile.Select(reply => (reply.At - reply.AskedAt).TotalSeconds).DefaultIfEmpty().Max():0.0} s at most"));
        });

    /// <summary>When it is mended, starts succeed again.</summary>
    public static Promise BackWithin(TimeSpan bound, string trouble) => new(
        "back", Invariant($"starts succeed again within {bound.TotalSeconds:0} s of its end"),
        history => Finding.Of(
            history.Troubles.Where(one => one.What == trouble),
            one => history.Replies.Any(reply => reply.Ask is Ask.Start && reply.IsYes && reply.AskedAt >= one.To && reply.At <= one.To + bound)
                ? null : Invariant($"no start succeeded within {bound.TotalSeconds:0} s of the end of \"{trouble}\"")));

    /// <summary>Copies of one request are one request.</summary>
    public static Promise OneWorkflowPerKey { get; } = new(
        "one per key", "starts with one idempotency key make one workflow",
        history => Finding.Of(
            history.Replies.Where(reply => reply is { Ask: Ask.Start, IsYes: true }).GroupBy(reply => reply.Tag),
            same => same.Select(reply => reply.Workflow).Distinct().Count() > 1 || history.Stored.Count(one => one.Tag == same.Key) > 1 ? $"{same.Key} made several workflows" : null));
}
