namespace SessionGrains.Bench.Systems;

/// <summary>What is measured: something that starts, watches and ends users' calls, asked over HTTP.</summary>
internal interface ISystem : IAsyncDisposable
{
    /// <summary>Its processes, each with what it is; PostgreSQL is not among them.</summary>
    IReadOnlyList<(string Name, int Id)> Processes { get; }

    Task<Session> Start(string token, string definition);

    /// <summary>The browser says which call it made with the secret.</summary>
    Task Call(Session session, string call);

    /// <summary>One tool call; its output.</summary>
    Task<string> Tool(Session session, string call, int n);

    /// <summary>Ends the session, which hangs up its call.</summary>
    Task End(Session session);

    /// <summary>How many sessions are stored that have not ended; zero where nothing is stored.</summary>
    Task<long> Left();
}

/// <summary>One user's run, by whatever name a system has for it.</summary>
internal sealed record Session(string Id, string Secret, string Token)
{
    /// <summary>When its time is over, where its system says so.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The call that the browser made with the secret; null before.</summary>
    public string? Call { get; init; }
}

/// <summary>What sessions are started from.</summary>
internal static class Definitions
{
    public const string Voice = "voice";

    /// <summary>Expires before anybody can end it.</summary>
    public const string Short = "short";

    public const string Tool = "keyed_it";
}
