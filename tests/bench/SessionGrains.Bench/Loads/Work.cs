namespace SessionGrains.Bench.Loads;

/// <summary>Does the n-th piece of work; throws unless every answer was the one that it must be.</summary>
internal delegate Task Work(int n);

/// <summary>Work that was done, and the answers that were wrong.</summary>
internal sealed class Tally
{
    private int done;
    private int failed;
    private string? firstFault;

    public int Done => done;

    public int Failed => failed;

    public string? FirstFault => firstFault;

    public async Task Do(Work work, int n)
    {
        try
        {
            await work(n);
            Interlocked.Increment(ref done);
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or WrongAnswerException or Npgsql.NpgsqlException)
        {
            Interlocked.Increment(ref failed);
            Interlocked.CompareExchange(ref firstFault, fault.Message, null);
        }
    }
}

/// <summary>An answer was not what it must be.</summary>
internal sealed class WrongAnswerException(string message) : Exception(message);
