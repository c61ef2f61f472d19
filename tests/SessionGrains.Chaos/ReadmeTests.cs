using System.Reflection;
using SessionGrains.Chaos.Scenarios;
using Xunit;

namespace SessionGrains.Chaos;

/// <summary>The README's table of what happens when something breaks is the list of the scenarios that run each time. CHAOS_WRITE=readme renews it.</summary>
public sealed class ReadmeTests
{
    private const string Begin = "<!-- The table is generated from tests/SessionGrains.Chaos; renew it with CHAOS_WRITE=readme. -->";
    private const string End = "<!-- End of the generated table. -->";

    private static readonly string Readme = Path.Combine(
        typeof(ReadmeTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key is "RepositoryFolder").Value!, "README.md");

    [Fact]
    public async Task The_readme_says_what_the_scenarios_prove()
    {
        var text = await File.ReadAllTextAsync(Readme, TestContext.Current.CancellationToken);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        Assert.True(from >= 0 && to > from, "The README has lost the marks around the table.");

        var renewed = $"{text[..(from + Begin.Length)]}\n{Table()}{text[to..]}";
        if (Environment.GetEnvironmentVariable("CHAOS_WRITE") is "readme")
        {
            await File.WriteAllTextAsync(Readme, renewed, TestContext.Current.CancellationToken);
        }

        Assert.Equal(renewed, await File.ReadAllTextAsync(Readme, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Each_scenario_has_a_name_of_its_own_and_says_what_it_promises()
    {
        Assert.Equal(Catalog.All.Count, Catalog.All.Select(scenario => scenario.Name).Distinct().Count());
        Assert.All(Catalog.All, scenario => Assert.NotEmpty(scenario.Holds));
    }

    [Fact]
    public void Each_negative_control_must_break_a_promise_of_its_scenario() => Assert.All(
        Catalog.All.Where(scenario => scenario.MustBreak is not null),
        control => Assert.Contains(control.Holds.Concat(Scenario.Always), promise => promise.Name == control.MustBreak));

    private static string Table() => string.Concat(
        "\n| what happens | what holds | scenario |\n| --- | --- | --- |\n",
        string.Concat(Catalog.All.Where(scenario => scenario is { IsForFull: false, MustBreak: null }).Select(scenario =>
            $"| {Capital(scenario.When)} | {string.Join("; ", scenario.Holds.Select(promise => promise.Sentence))} | `{scenario.Name}` |\n")),
        $"\nIn each of them also: {string.Join("; ", Scenario.Always.Select(promise => promise.Sentence))}.\n\n");

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
