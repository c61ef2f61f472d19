using Microsoft.Data.Sqlite;
using SessionGrains.Grains.Storage.Sqlite;
using Xunit;

namespace SessionGrains.Grains.Tests.Storage;

public sealed class SqliteDataSourceTests
{
    private const int Openers = 16, Waves = 2000;

    [Fact]
    public void Those_who_open_at_the_same_moment_get_connections_of_their_own()
    {
        var folder = Directory.CreateTempSubdirectory("sessiongrains-");
        using var database = new SqliteDataSource(new(Path.Combine(folder.FullName, "state.db")));
        var opened = new SqliteConnection[Openers];
        var shared = 0;
        // Runs while everybody waits for the next wave: what they hold is told apart, and nothing of it is kept.
        using var waves = new Barrier(Openers, _ =>
        {
            shared += opened.Length - opened.DistinctBy(connection => connection.Handle).Count();
            SqliteConnection.ClearPool(opened[0]);
            Array.ForEach(opened, connection => connection.Dispose());
        });

        var openers = Enumerable.Range(0, Openers).Select(number => new Thread(() =>
        {
            for (var wave = 0; wave < Waves; wave++)
            {
                opened[number] = (SqliteConnection)database.OpenConnection();
                waves.SignalAndWait();
            }
        })).ToList();
        openers.ForEach(opener => opener.Start());
        openers.ForEach(opener => opener.Join());

        Assert.Equal(0, shared);
        folder.Delete(recursive: true);
    }
}
