namespace SessionGrains.Grains.Tests.Workflows;
public sealed class Gen
{
    [Xunit.Fact]
    public void Generate()
    {
        foreach (var (k, v) in GoldenStateTests.States)
        {
            File.WriteAllText($"/tmp/golden-{k}.json", new SessionGrains.Grains.Storage.StateSerializer().Serialize(v).ToString() + "\n");
        }
    }
}
