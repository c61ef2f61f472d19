namespace SessionGrains.Bench.Minimal;

/// <summary>Hangs up what is owed a hang-up, and erases the session once that is done.</summary>
internal sealed partial class Ending(SessionTable sessions, RealtimeApi openAI, ILogger<Ending> log)
{
    /// <summary>A hang-up that fails stays owed: the sweeper tries it again.</summary>
    public async Task Settle(Owed owed)
    {
        try
        {
            if (owed.Call is { } call)
            {
                await openAI.HangUp(call);
            }

            await sessions.Finish(owed.Id, owed.Reason);
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            HangUpFailed(owed.Id, fault);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Session {Session}: the hang-up failed and stays owed")]
    private partial void HangUpFailed(string session, Exception fault);
}
