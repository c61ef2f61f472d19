namespace SessionGrains.Chaos.Scenarios;

/// <summary>Negative controls: the same scenarios with a protection taken away. Each must be seen broken, or its green says nothing.</summary>
internal static class Controls
{
    public static IEnumerable<Scenario> All { get; } =
    [
        Without(Sabotage.Sweeper, Of(SiloScenarios.All, "silo-killed"), "held again"),
        // Without the sweeper alone a reminder would wake each workflow ten seconds after its time, soon enough for this promise.
        Without(Sabotage.SweeperAndReminders, Of(SiloScenarios.All, "silo-frozen") with { Faults = [new(1, 2, new Fault.FreezeSilo(70))] }, "on time"),
        Without(Sabotage.Journal, Of(SiloScenarios.All, "silo-killed"), "no tool twice"),
        Without(Sabotage.SlotLocks, Of(CallerScenarios.All, "herd-of-starts"), "quota"),
        Without(Sabotage.Durability, Of(DatabaseScenarios.All, "killed-after-reply"), "stored"),
        Otherwise("killed in turn", new Fault.RollingRestart(Gently: false), Of(SiloScenarios.All, "rolling-restart"), "no tool fails"),
    ];

    private static Scenario Of(IEnumerable<Scenario> scenarios, string name) => scenarios.Single(scenario => scenario.Name == name);

    private static Scenario Without(Sabotage protection, Scenario scenario, string breaks) => scenario with
    {
        Name = $"{scenario.Name}-without-{protection.Name.Replace(' ', '-')}",
        When = $"{scenario.When}, without {protection.Name}",
        Topology = scenario.Topology with { Without = protection },
        MustBreak = breaks,
        IsForFull = true,
    };

    /// <summary>The protection is in how the thing is done.</summary>
    private static Scenario Otherwise(string how, Fault fault, Scenario scenario, string breaks) => scenario with
    {
        Name = $"{scenario.Name}-{how.Replace(' ', '-')}",
        When = $"{scenario.When}, but {how}",
        Faults = [scenario.Faults[0] with { Fault = fault }],
        MustBreak = breaks,
        IsForFull = true,
    };
}
