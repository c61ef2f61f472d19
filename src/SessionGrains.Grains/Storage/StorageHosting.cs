using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using SessionGrains.Grains.Audit;
using SessionGrains.Grains.Storage.PostgreSql;
using SessionGrains.Grains.Storage.Sqlite;
using SessionGrains.Tools.Mcp;

namespace SessionGrains.Grains.Storage;

/// <summary>Gives a silo its durable storage.</summary>
public static class StorageHosting
{
    /// <summary>The name under which grains ask for storage.</summary>
    public const string Provider = "workflows";

    private const string Membership = "membership";

    /// <summary>PostgreSQL for grain state, reminders, membership and history: what the silos of a cluster share.</summary>
    public static ISiloBuilder AddSessionGrainsStorage(this ISiloBuilder silo, string connectionString)
    {
        const string invariant = "Npgsql";

        silo.Services.AddSingleton<DbDataSource>(_ => PostgreSqlDialect.CreateDataSource(connectionString));
        silo.Services.AddSingleton<StorageDialect>(_ => new PostgreSqlDialect(connectionString));
        silo.Services.AddKeyedSingleton<DbDataSource>(Membership, (_, _) => PostgreSqlDialect.CreateMembershipSource(connectionString));
        silo.UseAdoNetClustering((OptionsBuilder<AdoNetClusteringSiloOptions> options) =>
            options.Configure<IServiceProvider>((clustering, services) =>
                (clustering.Invariant, clustering.DataSource) = (invariant, services.GetRequiredKeyedService<DbDataSource>(Membership))));
        silo.UseAdoNetReminderService((OptionsBuilder<AdoNetReminderTableOptions> options) =>
            options.Configure<DbDataSource>((reminders, database) => (reminders.Invariant, reminders.DataSource) = (invariant, database)));
        return silo.AddGrainStorageAndHistory(invariant);
    }

    /// <summary>An SQLite file for grain state and history of a host that runs alone; its reminders last as long as the process.</summary>
    public static ISiloBuilder AddSessionGrainsStorage(this ISiloBuilder silo, FileInfo database)
    {
        silo.Services.AddSingleton<DbDataSource>(_ => new SqliteDataSource(database));
        silo.Services.AddSingleton<StorageDialect>(services => new SqliteDialect(database, services.GetRequiredService<DbDataSource>()));
        silo.UseInMemoryReminderService();
        // Orleans knows SQLite by this name and loads Microsoft.Data.Sqlite for it.
        return silo.AddGrainStorageAndHistory("System.Data.SQLite");
    }

    /// <summary>Brings a PostgreSQL database to what this version needs, for a process that does nothing else.</summary>
    public static async Task Migrate(string connectionString, CancellationToken cancellationToken)
    {
        var dialect = new PostgreSqlDialect(connectionString);
        await using var database = PostgreSqlDialect.CreateDataSource(connectionString);
        await dialect.Migrate(cancellationToken);
        await new StorageGuard(database, dialect).Check(cancellationToken);
    }

    private static ISiloBuilder AddGrainStorageAndHistory(this ISiloBuilder silo, string invariant)
    {
        silo.AddAdoNetGrainStorage(Provider, (OptionsBuilder<AdoNetGrainStorageOptions> options) =>
            options.Configure<DbDataSource>((storage, database) =>
            {
                storage.Invariant = invariant;
                storage.DataSource = database;
                storage.DeleteStateOnClear = true;
                storage.GrainStorageSerializer = new StateSerializer();
            }));
        silo.Services
            .AddSingleton<StorageGuard>()
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>, StorageStart>()
            .AddSingleton<Slots>()
            .AddSingleton<History>()
            .AddSingleton<DefinitionTexts>()
            .AddSingleton<IPinStore, ToolPins>()
            .AddSingleton<WorkflowIndex>()
            .AddSingleton<ToolCallRows>()
            .AddSingleton<WorkflowSearch>()
            .AddSingleton<StartBlocks>()
            .AddSingleton<AuditRedaction>()
            .AddSingleton<AuditTrails>()
            .AddSingleton<WebhookDeliveries>()
            .AddSingleton<WebhookSearch>();
        return silo;
    }
}
