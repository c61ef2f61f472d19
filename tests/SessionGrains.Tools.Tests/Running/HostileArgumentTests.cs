using SessionGrains.Tools.Running;
using SessionGrains.Tools.Schemas;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>Nothing hostile gets past the check of the arguments, and nothing of it makes the check fail in another way.</summary>
public sealed class HostileArgumentTests
{
    private static readonly ToolDeclaration Tool = new()
    {
        Name = "issue_refund",
        Parameters = Schema.Parse(HostileArguments.Schema),
        Target = new ToolTarget.Code(),
    };

    // By number: the texts themselves are too strange to be names of tests.
    public static TheoryData<int> Numbers { get; } = [.. Enumerable.Range(0, HostileArguments.All.Count())];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Hostile_arguments_are_refused_with_a_short_word_for_the_model(int number)
    {
        var arguments = HostileArguments.All.ElementAt(number);

        var check = ToolArguments.Check(Tool, arguments);

        Assert.True(check is { Value: null, Hash: null }, arguments.Length > 200 ? $"{arguments[..200]}…" : arguments);
        Assert.StartsWith("The arguments are wrong. ", check.ErrorForModel, StringComparison.Ordinal);
        Assert.InRange(check.ErrorForModel!.Length, 1, 2_000);
    }

    [Fact]
    public void There_are_more_than_200_of_them_and_no_two_are_the_same()
    {
        var all = HostileArguments.All.ToArray();

        Assert.Equal(all.Distinct(StringComparer.Ordinal), all);
        Assert.InRange(all.Length, 201, int.MaxValue);
    }

    [Fact]
    public void What_they_attack_accepts_right_arguments() => Assert.Null(ToolArguments.Check(Tool, HostileArguments.Right).ErrorForModel);
}
