using Microsoft.Extensions.Logging;
using SessionGrains.OpenAI.Sideband;

namespace SessionGrains.Grains.Sideband;

/// <summary>What the owner of a sideband needs of the rest of the world.</summary>
internal sealed record CallSurroundings(
    ISidebandClient Client,
    ICallTools Tools,
    ICallReports Reports,
    Prices Prices,
    SidebandMetrics Metrics,
    TimeProvider Clock,
    ILogger Logger);
