namespace SessionGrains.Grains.Storage;

/// <summary>What a grain reads when it is first needed, and once. Whoever needs it meanwhile waits for the same attempt; after one that failed the next one reads.</summary>
internal sealed class FirstRead
{
    private Task? attempt;

    /// <summary>Reads, unless that is done, or under way.</summary>
    public async Task Done(Func<Task> read)
    {
        var mine = attempt ??= read();
        try
        {
            await mine;
        }
        catch (Exception) when (attempt == mine)
        {
            attempt = null;
            throw;
        }
    }

    /// <summary>There is nothing to read. An attempt that is under way is waited for all the same.</summary>
    public void Skip() => attempt ??= Task.CompletedTask;

    /// <summary>Whoever needs it next reads again.</summary>
    public void Forget() => attempt = null;
}
