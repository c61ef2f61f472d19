using SessionGrains.Chaos.Scenarios;
using Xunit.Sdk;
using Xunit.v3;

namespace SessionGrains.Chaos;

/// <summary>Plays the scenarios in the catalogue's order, so that those with the same topology share a stage.</summary>
public sealed class InOrder : ITestCaseOrderer
{
    public IReadOnlyCollection<T> OrderTestCases<T>(IReadOnlyCollection<T> testCases)
        where T : notnull, ITestCase =>
        [.. testCases.OrderBy(one => Catalog.All.ToList().FindIndex(scenario => one.TestCaseDisplayName.Contains($"\"{scenario.Name}\"", StringComparison.Ordinal)))];
}
