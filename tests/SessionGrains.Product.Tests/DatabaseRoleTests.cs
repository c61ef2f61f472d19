using System.Text.RegularExpressions;
using Npgsql;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>Three programs on one connection string that names nobody, as in Kubernetes: each logs in as the role that PGUSER names.</summary>
public sealed partial class DatabaseRoleTests(TestPostgres postgres)
{
    private readonly string tag = Guid.NewGuid().ToString("N");

    private string Owner => $"owner_{tag}";

    private string Silo => $"silo_{tag}";

    private string Api => $"api_{tag}";

    [Fact]
    public async Task Migrations_silos_and_APIs_work_as_roles_of_their_own_with_no_more_rights_than_the_guide_gives_them()
    {
        var administrator = await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        var passwords = Path.GetTempFileName();
        await File.WriteAllLinesAsync(passwords, new[] { Owner, Silo, Api }.Select(role => $"*:*:*:{role}:of {role}"), TestContext.Current.CancellationToken);
        await Execute(administrator, string.Concat(new[] { Owner, Silo, Api }.Select(role => $"CREATE ROLE {role} LOGIN PASSWORD 'of {role}';")));
        await Execute(administrator, $"ALTER DATABASE {new NpgsqlConnectionStringBuilder(administrator).Database} OWNER TO {Owner}");
        var nobody = new NpgsqlConnectionStringBuilder(administrator) { Username = null, Password = null, Passfile = passwords }.ConnectionString;

        await using (var migrations = HostProcess.Launch("Silo", [new("ConnectionStrings__SessionGrains", nobody), new("PGUSER", Owner)], command: "migrate"))
        {
            await migrations.ExitAsync();
            Assert.True(migrations.ExitCode is 0, migrations.Output);
        }

        await Execute(administrator, Rights());
        var cluster = new ClusterProduct(nobody, 1, new KeyValuePair<string, string>("PGUSER", Api))
        {
            Launch = (product, _) => product.LaunchSilo(at: null, within: [], new KeyValuePair<string, string>("PGUSER", Silo)),
        };
        await using (var product = await RunningProduct.Cluster(cluster, await PretendOpenAI.StartAsync(), _ => { }))
        {
            using var browser = product.Browser("ada");
            await browser.End(await browser.MustStart("brokered"));

            Assert.Equal([Api, Silo], await Users(administrator));
        }

        // A function that runs with its owner's rights is nobody's but a silo's.
        var asApi = new NpgsqlConnectionStringBuilder(administrator) { Username = Api, Password = $"of {Api}" }.ConnectionString;
        var refused = await Assert.ThrowsAsync<PostgresException>(() => Execute(asApi, "SELECT prune_history(9223372036854775807)"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);

        await Execute(administrator, $"DROP OWNED BY {Silo}, {Api}; REASSIGN OWNED BY {Owner} TO CURRENT_USER; DROP ROLE {Owner}, {Silo}, {Api}");
        File.Delete(passwords);
    }

    /// <summary>The statements of the operations guide, for the roles of this test.</summary>
    private string Rights() =>
        RoleName().Replace(
            SqlBlock().Match(Repository.Read("docs", "operations.md")).Groups[1].Value,
            role => role.Value is "silo" ? Silo : Api);

    private static async Task Execute(string database, string statements)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { Pooling = false });
        await using var command = source.CreateCommand(statements);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Who is logged in to the database, but for whoever asks.</summary>
    private static async Task<List<string>> Users(string database)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { Pooling = false });
        await using var command = source.CreateCommand(
            "SELECT DISTINCT usename::text FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL ORDER BY 1");
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var users = new List<string>();
        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
        {
            users.Add(rows.GetString(0));
        }

        return users;
    }

    [GeneratedRegex("```sql\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex SqlBlock();

    [GeneratedRegex("(?<=(?:TO|FROM) )(?:silo|api)(?=;)")]
    private static partial Regex RoleName();
}
