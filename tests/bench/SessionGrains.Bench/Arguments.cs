using SessionGrains.Bench.Measures;
using SessionGrains.Bench.Scale;

namespace SessionGrains.Bench;

/// <summary>What bench.sh, or somebody who looks at one system, asks for.</summary>
internal sealed record Arguments(Plan Plan, Cores Cores, string? Only)
{
    /// <summary>Whether our own product is measured at scale, instead of the systems beside each other.</summary>
    public bool IsScale { get; init; }

    /// <summary>The folder <c>artifacts/bin</c> of another build of our product, where this one is held against it and nothing else is measured.</summary>
    public string? Against { get; init; }

    /// <summary>With how many live workflows at most, where the plan of scale is not to say it.</summary>
    public int? Most { get; init; }

    public ScalePlan Scale
    {
        get
        {
            var plan = Plan == Plan.Quick ? ScalePlan.Quick : ScalePlan.Full;
            return Most is { } most ? plan.UpTo(most) : plan;
        }
    }

    /// <summary>Whether everything is measured that there is, as long as it takes.</summary>
    public bool IsWhole => Plan == Plan.Full && Only is null && Most is null;

    public static Arguments Parse(string[] words)
    {
        var parsed = new Arguments(Plan.Full, new Cores("1", "0"), null);
        for (var at = 0; at < words.Length; at++)
        {
            parsed = words[at] switch
            {
                "--scale" => parsed with { IsScale = true },
                "--quick" => parsed with { Plan = Plan.Quick },
                "--system-cores" => parsed with { Cores = parsed.Cores with { System = Next() } },
                "--other-cores" => parsed with { Cores = parsed.Cores with { Other = Next() } },
                "--only" => parsed with { Only = Next() },
                "--against" => parsed with { Against = Next() },
                "--most" => parsed with { Most = int.Parse(Next(), null) },
                var unknown => throw new ArgumentException(
                    $"{unknown} is not known. Known are --scale, --quick, --only <part of a name>, --most <live workflows>, --against <build>, --system-cores <list>, --other-cores <list>."),
            };

            string Next() => ++at < words.Length ? words[at] : throw new ArgumentException($"{words[at - 1]} needs a value.");
        }

        return parsed;
    }
}
