using System.Collections.Immutable;
using SessionGrains.Grains.Definitions;

namespace SessionGrains.Grains.Sideband;

/// <summary>Says what to do where a session is not as the policy wants it. Pure; it sees paths, never values.</summary>
internal sealed class SessionGuard(Guard guard)
{
    /// <summary>How often a session is set back in a row without effect, before the call ends.</summary>
    public const int MostInVain = 10;

    /// <summary>How often a difference that is no matter of security is set back in a row: OpenAI may write a value its own way.</summary>
    public const int MostInVainElsewhere = 3;

    /// <summary>How often a browser may break the policy in a call, before it is taken for a program that will not stop.</summary>
    public const int MostInAll = 50;

    /// <summary>A session that nobody can read.</summary>
    public const string Whole = "$";

    private static readonly string[] SecurityPaths = ["$.instructions", "$.tools", "$.tool_choice", "$.model", "$.prompt"];

    private readonly Dictionary<string, int> inVain = [];
    private readonly HashSet<string> ignored = [];
    private ImmutableArray<string> warned = [];
    private int securityInVain;
    private int reverts;

    /// <summary>Judges a session by the paths at which it departs from the policy.</summary>
    public Verdict Judge(IReadOnlyList<string> differences)
    {
        foreach (var restored in inVain.Keys.Except(differences).ToArray())
        {
            inVain.Remove(restored);
        }

        // What comes back as the policy has it is no value that OpenAI writes its own way: somebody was only quicker than we.
        ignored.IntersectWith(differences);

        if (!differences.Any(IsSecurity))
        {
            securityInVain = 0;
        }

        ImmutableArray<string> found = [.. differences.Except(ignored)];
        if (found.IsEmpty)
        {
            warned = [];
            return new Verdict.Fine();
        }

        return guard switch
        {
            Guard.Warn => Warn(found),
            Guard.End => new Verdict.End(found[0]),
            _ => Revert(found),
        };
    }

    /// <summary>Judges an item that nobody may put into the conversation.</summary>
    public Verdict Judge(ConversationItem foreign) => guard switch
    {
        Guard.Warn => new Verdict.Warn([foreign.Kind]),
        Guard.End => new Verdict.End(foreign.Kind),
        _ => ++reverts > MostInAll ? new Verdict.End(foreign.Kind) : new Verdict.Revert([foreign.Kind], []),
    };

    /// <summary>Judges a session that cannot be read, which may be anything.</summary>
    public Verdict JudgeUnreadable() => guard switch
    {
        Guard.Warn => Warn([Whole]),
        Guard.End => new Verdict.End(Whole),
        _ => ++securityInVain > MostInVain || ++reverts > MostInAll ? new Verdict.End(Whole) : new Verdict.Revert([Whole], []),
    };

    private Verdict Warn(ImmutableArray<string> found)
    {
        if (found.SequenceEqual(warned))
        {
            return new Verdict.Fine();
        }

        warned = found;
        return new Verdict.Warn(found);
    }

    private Verdict Revert(ImmutableArray<string> found)
    {
        if (found.FirstOrDefault(IsSecurity) is { } path && ++securityInVain > MostInVain)
        {
            return new Verdict.End(path);
        }

        ImmutableArray<string> hopeless = [.. found.Where(other => !IsSecurity(other) && (inVain[other] = inVain.GetValueOrDefault(other) + 1) > MostInVainElsewhere)];
        ignored.UnionWith(hopeless);
        ImmutableArray<string> left = [.. found.Except(hopeless)];
        if (left.IsEmpty)
        {
            return new Verdict.Warn(hopeless);
        }

        return ++reverts > MostInAll ? new Verdict.End(left[0]) : new Verdict.Revert(left, hopeless);
    }

    private static bool IsSecurity(string path) => SecurityPaths.Any(security =>
        path.StartsWith(security, StringComparison.Ordinal) && (path.Length == security.Length || path[security.Length] is '.' or '['));
}

/// <summary>What becomes of something that the policy does not explain.</summary>
internal abstract record Verdict
{
    private Verdict()
    {
    }

    /// <summary>There is nothing to do.</summary>
    internal sealed record Fine : Verdict;

    /// <summary>It is recorded.</summary>
    internal sealed record Warn(ImmutableArray<string> What) : Verdict;

    /// <summary>It is undone, but for what was undone often enough.</summary>
    internal sealed record Revert(ImmutableArray<string> What, ImmutableArray<string> GivenUp) : Verdict;

    /// <summary>The workflow ends.</summary>
    internal sealed record End(string What) : Verdict;
}
