using Npgsql;
using SessionGrains.Grains.Storage.PostgreSql;
using Xunit;

namespace SessionGrains.Grains.Tests.Storage;

public sealed class ConnectionPoolTests
{
    private const string Server = "Host=db;Username=silo";

    [Theory]
    [InlineData(Server, 25)]
    [InlineData($"{Server};Maximum Pool Size=100", 100)]
    [InlineData($"{Server};MaxPoolSize=7", 7)]
    public async Task A_silo_takes_few_connections_unless_its_operator_says_how_many(string connectionString, int most)
    {
        await using var database = PostgreSqlDialect.CreateDataSource(connectionString);

        Assert.Equal(most, MostOf(database));
    }

    [Fact]
    public async Task Whatever_the_crowd_of_workflows_takes_a_silo_keeps_connections_for_its_place_in_the_cluster()
    {
        await using var membership = PostgreSqlDialect.CreateMembershipSource($"{Server};Maximum Pool Size=1");

        Assert.Equal(4, MostOf(membership));
    }

    private static int MostOf(NpgsqlDataSource database) => new NpgsqlConnectionStringBuilder(database.ConnectionString).MaxPoolSize;
}
