using SessionGrains.Bench.Measures;

namespace SessionGrains.Bench.Loads;

/// <summary>Callers who each ask again as soon as they are answered: how much a system can do at most.</summary>
internal sealed class ClosedLoop(Work work, Cores cores)
{
    private int next;

    public int Failed { get; private set; }

    public string? FirstFault { get; private set; }

    /// <summary>Doubles the callers until that brings nothing more.</summary>
    public async Task<IReadOnlyList<Step>> Climb(int firstCallers, TimeSpan each)
    {
        var steps = new List<Step>();
        for (var callers = firstCallers; steps.Count is 0 || Knee.GoesOn(steps); callers *= 2)
        {
            steps.Add(await Run(callers, each));
        }

        return steps;
    }

    /// <summary>Whatever is begun within the time counts, and so does the time until the last of it is done: many callers wait longer, and that must not look like less work.</summary>
    public async Task<Step> Run(int callers, TimeSpan duration)
    {
        var tally = new Tally();
        var (load, begun) = (cores.Look(), TimeProvider.System.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Ask()));
        var (took, busy) = (TimeProvider.System.GetElapsedTime(begun), cores.Look().Since(load));
        Failed += tally.Failed;
        FirstFault ??= tally.FirstFault;
        return new(callers, tally.Done / took.TotalSeconds) { OtherBusy = busy.Other, SystemBusy = busy.System };

        async Task Ask()
        {
            // All of them begin at once.
            await Task.Yield();
            while (TimeProvider.System.GetElapsedTime(begun) < duration)
            {
                await tally.Do(work, Interlocked.Increment(ref next));
            }
        }
    }
}
