using SessionGrains.Bench.Loads;
using SessionGrains.Bench.Measures;

namespace SessionGrains.Bench.Results;

/// <summary>What was measured of one system.</summary>
internal sealed record Figures(string Name, Step Knee, Window Half, Window Most, Step Tools);

/// <summary>What a run found, as Markdown, and how much of it could not be measured because it did not work.</summary>
internal sealed record Tables(string Text, int Failed);
