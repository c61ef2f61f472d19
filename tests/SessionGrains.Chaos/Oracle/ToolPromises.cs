using static System.FormattableString;

namespace SessionGrains.Chaos.Oracle;

/// <summary>What must hold of tool calls: each has its effect once, and one outcome that is true.</summary>
internal static class ToolPromises
{
    /// <summary>How long after its admission a tool call may still be sent.</summary>
    public static readonly TimeSpan SendWindow = TimeSpan.FromSeconds(5);

    // An end is decided, and work is stopped, a moment before it is written down.
    private static readonly TimeSpan SameMoment = TimeSpan.FromSeconds(2);

    /// <summary>A tool whose repetition nobody forgives is asked once.</summary>
    public static Promise NoneTwice { get; } = new(
        "no tool twice", "no tool call takes effect twice",
        history =>
        {
            var sent = history.ToolRequests.Where(request => IsUnkeyed(request.Tool)).GroupBy(request => (request.Workflow, request.CallId)).ToList();
            var effects = history.ToolEffects.Where(effect => IsKeyed(effect.Tool)).GroupBy(effect => (effect.Workflow, effect.CallId)).ToList();
            var finding = Finding.Of(
                sent.Select(same => (same.Key, Count: same.Count(), What: "sent")).Concat(effects.Select(same => (same.Key, Count: same.Count(), What: "done"))),
                one => one.Count > 1 ? $"{one.Key.Workflow}/{one.Key.CallId} was {one.What} {one.Count} times" : null);
            return finding with { Figure = $"{history.ToolRequests.Count} requests of {history.Questions.Count + history.Replies.Count(reply => reply.Ask is Ask.ToolCall)} tool calls" };
        });

    /// <summary>A model that asked is not left waiting.</summary>
    public static Promise AnsweredWithin(TimeSpan bound) => new(
        "answered", Invariant($"every tool call is answered within {bound.TotalSeconds:0} s"),
        history =>
        {
            var over = history.Calls.ToDictionary(call => call.Id, call => call.OverAt ?? DateTimeOffset.MaxValue);
            var asked = history.Questions.Where(question => over.TryGetValue(question.Call, out var at) && at - question.AskedAt > bound).ToList();
            var waits = asked.Where(question => question.Answers.Count > 0).Select(question => (question.Answers[0].At - question.AskedAt).TotalSeconds).Order().ToList();
            return Finding.Of(
                asked,
                question => question.Answers.Count is 0 ? $"{question.Call}/{question.Id} was never answered"
                    : question.Answers[0].At - question.AskedAt > bound ? Invariant($"{question.Call}/{question.Id} was answered after {(question.Answers[0].At - question.AskedAt).TotalSeconds:0.0} s")
                    : null,
                waits.Count is 0 ? "none was answered" : Invariant($"{waits.Count} answered after {waits[waits.Count / 2]:0.0} s in the middle, {waits[^1]:0.0} s at most"));
        });

    /// <summary>What is told is what happened: a success has its effect, and the same call is never told two different things.</summary>
    public static Promise Truthful { get; } = new(
        "truthful", "a tool call that is called done was done, and none has two outcomes",
        history =>
        {
            var workflows = history.Calls.Select(call => (call.Id, Workflow: history.Of(call.Tag)?.Workflow)).ToDictionary(one => one.Id, one => one.Workflow);
            var done = history.ToolEffects.Select(effect => (effect.Workflow, effect.CallId)).ToHashSet();
            return Finding.Of(
                history.Questions.Where(question => question.Answers.Count > 0),
                question => question.Answers.Select(answer => answer.Output).Distinct().Count() > 1 ? $"{question.Call}/{question.Id} has two outcomes: {string.Join(" | ", question.Answers.Select(answer => answer.Output))}"
                    : question.Answers[0].IsDone && workflows.GetValueOrDefault(question.Call) is { } workflow && !done.Contains((workflow, question.Id)) ? $"{question.Call}/{question.Id} is called done and nobody did it"
                    : null);
        });

    /// <summary>Two who hold one call do not leave its model without an answer that it had.</summary>
    public static Promise NoneTakenBack { get; } = new(
        "not taken back", "no answer to a tool call is taken out of the conversation for good",
        history => Finding.Of(
            history.Questions.Where(question => question.Answers.Count > 0),
            question => question.Answers.Max(answer => answer.TakenOutAt) > question.Answers.Max(answer => answer.At) ? $"{question.Call}/{question.Id} was told, and taken out again" : null));

    /// <summary>Where nothing dies, nothing fails. What was asked for just before the end is stopped by it.</summary>
    public static Promise NoneFails { get; } = new(
        "no tool fails", "no tool call fails",
        history =>
        {
            var ends = history.Calls.ToDictionary(call => call.Id, call => history.Of(call.Tag)?.EndedAt ?? call.OverAt ?? DateTimeOffset.MaxValue);
            return Finding.Of(
                history.Questions.Where(question => question.Answers.Count > 0 && ends.TryGetValue(question.Call, out var end) && end - question.Answers[0].At > SameMoment),
                question => question.Answers[0].IsDone ? null : $"{question.Call}/{question.Id}: {question.Answers[0].Output}");
        });

    /// <summary>Copies of one relayed call are one call.</summary>
    public static Promise OneOutcome { get; } = new(
        "one outcome", "copies of one tool call run once and get the same answer",
        history => Finding.Of(
            history.Replies.Where(reply => reply is { Ask: Ask.ToolCall, Status: 200 }).GroupBy(reply => (reply.Workflow, reply.ToolCall)),
            same => same.Select(reply => (reply.Outcome, reply.Text)).Distinct().Count() > 1 ? $"{same.Key} has several outcomes" : null));

    private static bool IsUnkeyed(string tool) => tool.StartsWith("unkeyed", StringComparison.Ordinal);

    private static bool IsKeyed(string tool) => tool.StartsWith("keyed", StringComparison.Ordinal);
}
