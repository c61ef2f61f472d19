using System.Collections.Immutable;

namespace SessionGrains.Grains.Definitions;

/// <summary>What one rule says of a start: its name, whether it is kept, and a sentence for a person.</summary>
internal sealed record RuleVerdict(string Rule, bool IsPassed, string Sentence)
{
    public Fault ToFault() => new(Rule, Sentence);
}

/// <summary>Says whether a signed-in user may start a definition, rule by rule.</summary>
/// <remarks>Every kind that is listed must be kept, by one of its values. With nothing listed, nobody may start.</remarks>
internal static class AllowRules
{
    public static ImmutableArray<RuleVerdict> Check(Allow allow, Caller caller)
    {
        var verdicts = ImmutableArray.CreateBuilder<RuleVerdict>();
        Add("allow.scopes", allow.Scopes, caller.Scopes, "the scope");
        Add("allow.roles", allow.Roles, caller.Roles, "the role");
        foreach (var (claim, values) in allow.Claims)
        {
            Add($"allow.claims.{claim}", values, caller.Values(claim), $"the claim {claim} with the value", isListed: true);
        }

        Add("allow.origins", allow.Origins, caller.Origin is { } origin ? [origin] : [], "a page of the origin");
        if (allow.AnyoneSignedIn)
        {
            verdicts.Insert(0, new("allow", true, "Anyone who is signed in may start it."));
        }
        else if (verdicts.Count == 0)
        {
            verdicts.Add(new("allow", false, "The definition allows nobody to start it."));
        }

        return verdicts.ToImmutable();

        void Add(string rule, ImmutableArray<string> allowed, IEnumerable<string> has, string what, bool isListed = false)
        {
            if (allowed.IsEmpty && !isListed)
            {
                return;
            }

            var sentence = $"It takes {what} {string.Join(" or ", allowed)}.";
            verdicts.Add(new(rule, allowed.Intersect(has, StringComparer.Ordinal).Any(), sentence));
        }
    }
}
