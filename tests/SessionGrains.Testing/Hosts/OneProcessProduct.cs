using Microsoft.Data.Sqlite;

namespace SessionGrains.Testing.Hosts;

/// <summary>The local host on an SQLite file.</summary>
/// <param name="firstOnly">Environment that only the first process gets: what it dies of must not kill its successor.</param>
internal sealed class OneProcessProduct(params KeyValuePair<string, string>[] firstOnly) : RunningProduct
{
    private readonly string data = Directory.CreateTempSubdirectory("sessiongrains-data-").FullName;
    private readonly List<HostProcess> hosts = [];

    public override Uri Url => Host.Url;

    public HostProcess Host => hosts[^1];

    public override string Output => string.Concat(hosts.Select(host => host.Output));

    public override Task KillSilos() => Host.KillAsync();

    public override Task Restart() => Start();

    /// <summary>Runs a statement on the store, beside the host.</summary>
    public Task Database(string sql) => Scalar(sql);

    /// <summary>The first column of the first row, or null.</summary>
    public async Task<object?> Scalar(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(data, "sessiongrains.db")};Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        await base.DisposeAsync();
        Directory.Delete(data, recursive: true);
    }

    protected override async Task Start() => hosts.Add(await HostProcess.StartAsync(
        "Local", Environment([new("SessionGrains__Data", data), .. hosts.Count is 0 ? firstOnly : []])));
}
