using Microsoft.Data.Sqlite;
using SessionGrains.Grains.Storage.Sqlite;
using Xunit;

namespace SessionGrains.Grains.Tests.Storage;

/// <summary>A thing of Microsoft.Data.Sqlite, which once lent one connection of its pool to two: https://github.com/dotnet/efcore/issues/39008.</summary>
public sealed class SqliteDataSourceTests
{
    private const int Openers = 16, Waves = 2000;

    [Fact]
    public async Task Those_who_open_at_the_same_moment_get_connections_of_their_own()
    {
        var folder = Directory.CreateTempSubdirectory("sessiongrains-");
        try
        {
            await using var database = new SqliteDataSource(new(Path.Combine(folder.FullName, "state.db")));
            var opened = new SqliteConnection[Openers];
            var shared = 0;
            // Runs while everybody waits for the next wave: what they hold is told apart, and nothing of it is kept.
            using var waves = new Barrier(Openers, _ =>
            {
                shared += opened.Length - opened.DistinctBy(connection => connection.Handle).Count();
                SqliteConnection.ClearPool(opened[0]);
                Array.ForEach(opened, connection => connection.Dispose());
            });

            await Task.WhenAll(Enumerable.Range(0, Openers).Select(number => Task.Factory.StartNew(
                () => Open(number), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

            Assert.Equal(0, shared);

            void Open(int number)
            {
                for (var wave = 0; wave < Waves && shared is 0; wave++)
                {
                    opened[number] = (SqliteConnection)database.OpenConnection();
                    Assert.True(waves.SignalAndWait(TimeSpan.FromSeconds(30)), "Another one did not get a connection.");
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
