namespace SessionGrains.Browser.Tests.Trouble;

/// <summary>The tests that share one cluster, one after another: what one kills, the next brings back.</summary>
[CollectionDefinition(Name)]
public sealed class OneCluster : ICollectionFixture<TroubledCluster>
{
    public const string Name = "troubled cluster";
}
