using Xunit;

namespace SessionGrains.Deploy.Tests;

/// <summary>Tests that need the whole machine, so that none of them is late because of another.</summary>
[CollectionDefinition(nameof(OneAtATime), DisableParallelization = true)]
public sealed class OneAtATime;
