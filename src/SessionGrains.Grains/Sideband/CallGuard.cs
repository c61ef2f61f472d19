using System.Text.Json;
using SessionGrains.Grains.Definitions;

namespace SessionGrains.Grains.Sideband;

/// <summary>Watches over a call whose session is ours, and says what to do where somebody else changes it.</summary>
/// <remarks>In sealed mode the browser cannot speak, so what departs there is OpenAI's doing, and only noted.</remarks>
internal sealed class CallGuard(CallPlan plan, SessionPolicy policy)
{
    private const int MostPathsNoted = 8;
    private const string Tools = "$.tools";

    private readonly SessionGuard rules = new(plan.Mode is ConnectionMode.Sealed ? Guard.Warn : plan.Guard);
    private JsonElement? last;

    // Whether the session was seen as the policy has it.
    private bool wasOurs;

    public bool IsOn => plan.Mode is not ConnectionMode.ClientSecret;

    /// <summary>What was put into the conversation, and by whom.</summary>
    public ItemGuard Items { get; } = new();

    public IReadOnlyList<Step> Judge(JsonElement session)
    {
        last = session;
        var differs = policy.Differs(session);
        if (!wasOurs && HasNoTools(session))
        {
            // Its tools are set after the call was created. A page whose own update comes before ours has changed nothing.
            differs = [.. differs.Where(path => !path.StartsWith(Tools, StringComparison.Ordinal))];
        }
        else
        {
            wasOurs |= differs.Count is 0;
        }

        return IsOn ? Act(rules.Judge(differs), paths => [new Step.RevertSession(paths)]) : [];
    }

    /// <summary>What it was told to set back did not come back: the session still is as it was seen last.</summary>
    public IReadOnlyList<Step> JudgeAgain() => last is { } session ? Judge(session) : [];

    /// <summary>Null when the item may be there.</summary>
    /// <param name="reject">What takes it out.</param>
    public IReadOnlyList<Step>? Judge(JsonElement added, Func<string, IReadOnlyList<Step>> reject) =>
        IsOn && Items.FindForeign(added) is { } foreign
            // One without a name cannot be taken out.
            ? Act(rules.Judge(foreign), _ => foreign.Id is { } id ? reject(id) : [new Step.Finish(EndReason.PolicyViolation, foreign.Kind)])
            : null;

    /// <summary>Something was said that nobody can read. It may have been the session, and what is not read is not guarded.</summary>
    public IReadOnlyList<Step> JudgeUnreadable() => IsOn ? Act(rules.JudgeUnreadable(), paths => [new Step.RevertSession(paths)]) : [];

    private static bool HasNoTools(JsonElement session) =>
        !session.TryGetProperty("tools", out var tools) || tools.ValueKind is not JsonValueKind.Array || tools.GetArrayLength() is 0;

    private static IReadOnlyList<Step> Act(Verdict verdict, Func<IReadOnlyList<string>, IReadOnlyList<Step>> revert) => verdict switch
    {
        Verdict.Fine => [],
        Verdict.Warn(var what) => [Note("guard_warned", what)],
        Verdict.Revert(var what, { IsEmpty: true }) => [Note("guard_reverted", what), .. revert(what)],
        Verdict.Revert(var what, var givenUp) => [Note("guard_warned", givenUp), Note("guard_reverted", what), .. revert(what)],
        Verdict.End(var what) => [new Step.Finish(EndReason.PolicyViolation, what)],
        _ => throw new System.Diagnostics.UnreachableException($"Nothing is known to do for {verdict}."),
    };

    private static Step.Note Note(string kind, IReadOnlyList<string> what) => new(kind, string.Join(' ', what.Take(MostPathsNoted)));
}
