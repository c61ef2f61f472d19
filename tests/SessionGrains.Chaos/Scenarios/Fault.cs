namespace SessionGrains.Chaos.Scenarios;

/// <summary>One thing that breaks.</summary>
internal abstract record Fault
{
    /// <summary>kill -9 of a silo; another one takes its place.</summary>
    public sealed record KillSilo : Fault;

    /// <summary>kill -9 of every silo at once, and new ones.</summary>
    public sealed record KillAllSilos : Fault;

    /// <summary>SIGSTOP, later SIGCONT: longer than it takes to be declared dead, and alive again.</summary>
    public sealed record FreezeSilo(double Seconds) : Fault;

    /// <summary>Every silo is replaced, one after the other.</summary>
    /// <param name="Gently">SIGTERM; otherwise kill -9.</param>
    public sealed record RollingRestart(bool Gently = true) : Fault;

    /// <summary>Every silo is replaced by one of another build, one after the other, and then all of them by ours again.</summary>
    /// <param name="Build">The other build's folder <c>artifacts/bin</c>.</param>
    public sealed record ChangeVersion(string Build) : Fault;

    /// <summary>kill -9 of the API, and a new one where it was.</summary>
    public sealed record KillApi(double Seconds) : Fault;

    /// <summary>PostgreSQL loses its power.</summary>
    public sealed record CrashDatabase(double Seconds) : Fault;

    /// <summary>SIGSTOP to all of PostgreSQL: connections stay open and nobody answers.</summary>
    public sealed record FreezeDatabase(double Seconds) : Fault;

    /// <summary>Every packet to and from PostgreSQL takes longer.</summary>
    public sealed record SlowDatabase(int Milliseconds, double Seconds) : Fault;

    /// <summary>PostgreSQL has no room left on its disk.</summary>
    public sealed record FillDisk(double Seconds) : Fault;

    /// <summary>OpenAI behaves as the emulator's fault says.</summary>
    public sealed record Provider(string Name, double Seconds, params string[] Faults) : Fault;

    /// <summary>Tools take requests and do not answer.</summary>
    public sealed record HangTools(double Seconds) : Fault;

    /// <summary>No packet passes between a silo and the others; all still reach PostgreSQL and OpenAI.</summary>
    public sealed record CutOffSilo(double Seconds) : Fault;

    /// <summary>What it is called in histories and tables.</summary>
    public string Title => this switch
    {
        KillSilo => "a silo is killed",
        KillAllSilos => "all silos are killed",
        FreezeSilo => "a silo is frozen",
        RollingRestart { Gently: true } => "all silos are replaced",
        RollingRestart => "all silos are killed in turn",
        ChangeVersion => "all silos are of another version",
        KillApi => "the API is killed",
        CrashDatabase => "the database is down",
        FreezeDatabase => "the database is frozen",
        SlowDatabase => "the database is slow",
        FillDisk => "the disk is full",
        Provider provider => provider.Name,
        HangTools => "tools hang",
        CutOffSilo => "a silo is cut off",
        _ => throw new System.Diagnostics.UnreachableException($"{this} has no title."),
    };
}

/// <summary>When a fault happens: some moment between two, in seconds after the load stands. The seed decides which.</summary>
internal sealed record Step(double From, double To, Fault Fault);
