using SessionGrains.Bench;
using SessionGrains.Bench.Measures;
using SessionGrains.Bench.Ratchets;
using SessionGrains.Bench.Results;
using SessionGrains.Bench.Scale;

var begun = TimeProvider.System.GetTimestamp();
var arguments = Arguments.Parse(args);
await using var server = await DatabaseServer.Start(arguments.Cores);
if (arguments.Against is { } build)
{
    var verdict = await new Ratchet(server, arguments.Cores, Say).Run(build);
    Say(verdict.ToString());
    return verdict.Holds ? 0 : 1;
}

Say($"{arguments.Plan.Name} run{(arguments.IsScale ? " at scale" : "")}");
var (tables, place) = arguments.IsScale
    ? (await new ScaleRunner(arguments.Scale, server, arguments.Cores, Say).Run(arguments.Only), Place.Scale)
    : (await new Comparison(arguments.Plan, server, arguments.Cores, Say).Run(arguments.Only), Place.Comparison);

var result = $"{await Machine.Describe(arguments.Plan.Name, server, arguments.Cores)}\n\n{tables.Text}";
Console.WriteLine();
Console.WriteLine(result);
if (tables.Failed > 0)
{
    return 1;
}

// Only a whole run is worth keeping with the code.
if (arguments.IsWhole)
{
    await File.WriteAllTextAsync(PerformancePage.File, PerformancePage.With(await File.ReadAllTextAsync(PerformancePage.File), place, result));
    Say($"written to {PerformancePage.File}");
}

return 0;

void Say(string what) => Console.WriteLine($"{TimeProvider.System.GetElapsedTime(begun):mm\\:ss}  {what}");
