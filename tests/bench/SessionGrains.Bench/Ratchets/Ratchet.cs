using SessionGrains.Bench.Measures;
using static System.FormattableString;

namespace SessionGrains.Bench.Ratchets;

/// <summary>Holds this build against another one. They take turns on the same cores, so that what the machine does to one it does to the other.</summary>
internal sealed class Ratchet(DatabaseServer server, Cores cores, Action<string> say)
{
    private const int Turns = 8;

    /// <param name="build">The folder <c>artifacts/bin</c> of the other build.</param>
    public async Task<Verdict> Run(string build)
    {
        await using var now = await Contender.Start(server, cores, build: null);
        await using var before = await Contender.Start(server, cores, build);
        await now.Begin();
        await before.Begin();
        await server.Checkpoint();

        var pairs = new List<(Turn Now, Turn Before)>();
        for (var n = 0; n < Turns; n++)
        {
            // Each goes first as often as the other.
            var theirs = n % 2 is 0 ? null : await before.Take(n);
            var ours = await now.Take(n);
            theirs ??= await before.Take(n);
            pairs.Add((ours, theirs));
            say(Invariant($"{ours.CpuMilliseconds:0.00} CPU-ms and {ours.Commits:0.00} commits; the other build {theirs.CpuMilliseconds:0.00} and {theirs.Commits:0.00}"));
        }

        await now.End();
        await before.End();
        return Verdict.Of(pairs);
    }
}
