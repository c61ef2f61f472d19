namespace SessionGrains.Chaos.Oracle;

/// <summary>What must hold of the records: what was promised to a caller is in them, and everything comes to its end.</summary>
internal static class RecordPromises
{
    /// <summary>A yes that was heard is a yes that was committed.</summary>
    public static Promise EveryYesIsStored { get; } = new(
        "stored", "every success that a caller was told is backed by a committed record",
        history =>
        {
            var stored = history.Stored.ToDictionary(one => one.Workflow);
            var yes = history.Replies.Where(reply => reply.IsYes && reply.Workflow is not null && (reply.Ask is not Ask.ToolCall || reply.Status is 200)).ToList();
            return Finding.Of(yes, reply => Missing(stored.GetValueOrDefault(reply.Workflow!), reply), $"{yes.Count} successes");
        });

    /// <summary>Nothing is left behind: no workflow, no call, no slot.</summary>
    public static Promise EverythingEnds { get; } = new(
        "nothing left", "everything that was started comes to its end, and its place is free again",
        history =>
        {
            var workflows = Finding.Of(history.Stored, one => one.IsEnded ? null : $"{one.Workflow} is still {one.Phase}");
            var calls = Finding.Of(
                history.Calls,
                call => call.EndedAt is null && history.Of(call.Tag) is not { HangUp: "unverified" } ? $"{call.Id} still lives" : null);
            var unverified = history.Stored.Count(one => one.HangUp is "unverified");
            return new(
                workflows.Cases + calls.Cases,
                [.. workflows.Violations, .. calls.Violations, .. history.SlotsTaken.Select(slot => $"the slot of {slot} is taken")],
                $"{history.Stored.Count} workflows, {history.Calls.Count} calls{(unverified > 0 ? $", {unverified} said to be unverified" : "")}");
        });

    private static string? Missing(Stored? stored, Reply reply) => (reply.Ask, stored) switch
    {
        (_, null) => $"{reply.Ask} of {reply.Workflow} was answered with {reply.Status} and there is no record of it",
        (Ask.Connect, _) when !stored.Calls.Contains(reply.Call!) => $"{reply.Workflow} does not know {reply.Call}, which its caller was given",
        (Ask.ToolCall, _) when stored.ToolCalls.All(call => call.Id != reply.ToolCall || !call.Outcome.Equals(reply.Outcome, StringComparison.OrdinalIgnoreCase)) =>
            $"{reply.Workflow} has no record that {reply.ToolCall} is {reply.Outcome}",
        (Ask.End, _) when !stored.IsEnded => $"{reply.Workflow} was ended and is {stored.Phase}",
        _ => null,
    };
}
