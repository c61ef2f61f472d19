namespace SessionGrains.Grains.Storage;

/// <summary>Migrates and checks the database before anything else of a silo starts.</summary>
internal sealed class StorageStart(StorageDialect dialect, StorageGuard guard) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(StorageStart), ServiceLifecycleStage.First, Start);

    private async Task Start(CancellationToken cancellationToken)
    {
        await dialect.Migrate(cancellationToken);
        await guard.Check(cancellationToken);
    }
}
