using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace SessionGrains.Grains.Sideband;

/// <summary>Tells the workflow the news of its call, in order, until each has arrived.</summary>
/// <param name="owner">Who tells them.</param>
internal sealed class Herald(string owner, CallPlan plan, ICallReports reports, TimeProvider clock, ILogger logger)
{
    // Behind so many news, words are not news any more.
    private const int MostWords = 500;

    // A page may do what is noted as often as it likes.
    private const int MostNotes = 200;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    private readonly Channel<CallNews> news = Channel.CreateUnbounded<CallNews>();

    private int notes;

    public void Tell(CallNews told)
    {
        if (told is CallNews.Noted && Interlocked.Increment(ref notes) > MostNotes)
        {
            return;
        }

        if (told is not CallNews.Said || news.Reader.Count < MostWords)
        {
            news.Writer.TryWrite(told with { Owner = owner });
        }
    }

    /// <summary>Takes no more news.</summary>
    public void Close() => news.Writer.TryComplete();

    /// <summary>Until it is closed; what is left when it is to stop is told no more.</summary>
    public async Task Run(CancellationToken stopping)
    {
        await foreach (var next in news.Reader.ReadAllAsync(CancellationToken.None))
        {
            if (stopping.IsCancellationRequested)
            {
                continue;
            }

            // A sum that another one follows is old.
            if (!(next is CallNews.Used && news.Reader.TryPeek(out var after) && after is CallNews.Used))
            {
                await Deliver(next, stopping);
            }
        }
    }

    private async Task Deliver(CallNews next, CancellationToken stopping)
    {
        for (var delay = FirstDelay; !await TryDeliver(next, stopping) && next is not CallNews.Said; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            await Task.Delay(delay, clock, stopping);
        }
    }

    private async Task<bool> TryDeliver(CallNews next, CancellationToken stopping)
    {
        try
        {
            // The workflow waits for its owner when it goes, and hears nothing meanwhile: then nobody waits for it here.
            await reports.Heard(plan.Workflow, plan.Call, next).WaitAsync(stopping);
            return true;
        }
        // Whatever it was, the news wait and are told again.
        catch (Exception e)
        {
            logger.NewsNotDelivered(plan.Workflow, plan.Call, next.GetType().Name, e);
            return false;
        }
    }
}
