namespace SessionGrains.Bench.Systems;

/// <summary>A system that can be started.</summary>
internal sealed record Candidate(string Name, Func<World, Task<ISystem>> Start)
{
    public static Candidate SessionGrains { get; } = new("SessionGrains", world => Ours.Start(world, build: null));

    public static Candidate Minimal { get; } = new("ASP.NET minimal API + Npgsql", world => Peer.Minimal(world, "SELECT count(*) FROM session"));

    public static Candidate Postgres { get; } = new("Express + pg", world => Peer.Node(world, "express/postgres.mjs", "SELECT count(*) FROM session"));

    public static Candidate Dbos { get; } = new(
        "DBOS", world => Peer.Node(world, "dbos/server.mjs", "SELECT count(*) FROM dbos.workflow_status WHERE status IN ('PENDING', 'ENQUEUED')"));

    public static Candidate Memory { get; } = new("Express, nothing stored", world => Peer.Node(world, "express/memory.mjs", left: null));

    public static IReadOnlyList<Candidate> All { get; } = [SessionGrains, Minimal, Postgres, Dbos, Memory];
}
