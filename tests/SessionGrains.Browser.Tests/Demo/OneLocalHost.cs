namespace SessionGrains.Browser.Tests.Demo;

/// <summary>The tests that share one local host, one after another: a call is answered by whichever peer page came last.</summary>
[CollectionDefinition(Name)]
public sealed class OneLocalHost : ICollectionFixture<LocalHost>
{
    public const string Name = "local host";
}
