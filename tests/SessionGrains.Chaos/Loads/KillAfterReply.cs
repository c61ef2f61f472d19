using SessionGrains.Chaos.Scenarios;

namespace SessionGrains.Chaos.Loads;

/// <summary>As soon as callers are told yes, something dies: whoever answered, or whoever wrote it down.</summary>
/// <param name="Trials">How many answers are put to the test.</param>
internal sealed record KillAfterReply(Size Trials, params Fault[] Deaths) : Load
{
    private const int AtOnce = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public override IEnumerable<Recipe> Recipes(string scenario) => [new(scenario, 20)];

    public override async Task Work(Run run)
    {
        for (var (round, asked) = (0, 0); asked < run.Of(Trials); round++)
        {
            var callers = Enumerable.Range(0, AtOnce).Select(user => run.Caller($"u{user}")).ToList();
            var before = Successes(run);
            var some = new TaskCompletionSource();
            // By turns the first yes is hit, and later ones.
            var luck = run.Random.Next(AtOnce) + 1;
            var left = luck;
            var herd = callers.Select(async caller =>
            {
                var tag = run.Tag();
                if (await caller.Start(run.Scenario, tag) is { } started)
                {
                    Tell();
                    if (await caller.Connect(started, tag) is not null)
                    {
                        Tell();
                    }
                }

                void Tell()
                {
                    if (Interlocked.Decrement(ref left) is 0)
                    {
                        some.TrySetResult();
                    }
                }
            }).ToList();
            await Task.WhenAny(some.Task, Task.WhenAll(herd));
            await run.Disturb(Deaths[round % Deaths.Length]);
            await Task.WhenAll(herd);
            asked += Successes(run) - before;
            await Mended(run);
        }
    }

    private static int Successes(Run run) => run.Replies.Count(reply => reply.IsYes);

    private static Task Mended(Run run) => SessionGrains.Testing.Hosts.Eventually.True(
        async () =>
        {
            var (caller, tag) = (run.Caller("again"), run.Tag());
            return await caller.Start(run.Scenario, tag) is { } started && (await caller.End(started, tag)).IsYes;
        },
        Patience,
        () => "starts succeed again");
}
