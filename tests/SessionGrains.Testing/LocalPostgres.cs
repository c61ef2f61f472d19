namespace SessionGrains.Testing;

/// <summary>A server of this machine's own binaries, in a data folder of its own within another.</summary>
internal sealed class LocalPostgres(string binaries, string within) : PostgresServer
{
    private readonly string folder = Path.Combine(within, $"sessiongrains-postgres-{Guid.NewGuid():N}");
    private readonly int port = FreePort();
    private Watchdog? watchdog;
    private bool isRunning;

    public override string ConnectionString => $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres";

    public override string DataFolder => folder;

    // PostgreSQL refuses to run as root.
    private static string[] AsOwner => Environment.UserName == "root" ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] : [];

    public static string? FindBinaries()
    {
        var installed = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        return installed
            .OrderByDescending(version => int.TryParse(Path.GetFileName(version), out var number) ? number : 0)
            .Select(version => Path.Combine(version, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(candidate => File.Exists(Path.Combine(candidate, "initdb")) && File.Exists(Path.Combine(candidate, "pg_ctl")));
    }

    public override async Task Start(CancellationToken cancellationToken)
    {
        // A server may also go by itself, as when its disk is full.
        if (isRunning && File.Exists(Path.Combine(folder, "postmaster.pid")) && Directory.Exists($"/proc/{Postmaster()}"))
        {
            return;
        }

        if (watchdog is null)
        {
            Directory.CreateDirectory(folder);
            // A server that was frozen and forgotten does not hear that it shall stop.
            watchdog = Watchdog.Start($"kill -CONT $(head -n 1 '{folder}/postmaster.pid'); {string.Join(' ', AsOwner)} '{binaries}/pg_ctl' -D '{folder}' -m immediate stop; rm -rf '{folder}'");
            if (AsOwner is not [])
            {
                await Command.Run(["chown", "postgres", folder], cancellationToken);
            }

            await Command.Run(
                [.. AsOwner, Path.Combine(binaries, "initdb"), "-D", folder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
                cancellationToken);
        }

        await Command.Run(
            [.. AsOwner, Path.Combine(binaries, "pg_ctl"), "-D", folder, "-l", Path.Combine(folder, "server.log"), "-w", "-t", "60", "-o", Settings(), "start"],
            cancellationToken);
        isRunning = true;
    }

    public override async Task Crash(CancellationToken cancellationToken)
    {
        await Command.Run([.. AsOwner, Path.Combine(binaries, "pg_ctl"), "-D", folder, "-m", "immediate", "-w", "stop"], cancellationToken);
        isRunning = false;
    }

    public override Task Freeze(CancellationToken cancellationToken) => Signal("-STOP", cancellationToken);

    public override Task Thaw(CancellationToken cancellationToken) => Signal("-CONT", cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        if (watchdog is not null)
        {
            await watchdog.DisposeAsync();
        }
    }

    /// <summary>To the postmaster first: once it stands still there are no new children.</summary>
    private async Task Signal(string signal, CancellationToken cancellationToken)
    {
        var postmaster = Postmaster();
        await Command.Run(["kill", signal, postmaster], cancellationToken);
        string[] children = [.. Directory.EnumerateDirectories("/proc").Where(process => int.TryParse(Path.GetFileName(process), out _) && ParentOf(process) == postmaster).Select(process => Path.GetFileName(process))];
        await Command.Run(["sh", "-c", $"kill {signal} {string.Join(' ', children)} || true"], cancellationToken);
    }

    private string Postmaster() => File.ReadLines(Path.Combine(folder, "postmaster.pid")).First();

    private static string? ParentOf(string process)
    {
        try
        {
            // The command's name in parentheses may hold anything; after it come the state and the parent.
            var stat = File.ReadAllText(Path.Combine(process, "stat"));
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1];
        }
        catch (IOException)
        {
            return null;
        }
    }

    private string Settings()
    {
        var settings = $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 -c fsync=on";
        return File.Exists(Path.Combine(binaries, "../lib/pg_stat_statements.so"))
            ? $"{settings} -c shared_preload_libraries=pg_stat_statements"
            : settings;
    }
}
