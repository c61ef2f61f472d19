using SessionGrains.Emulator.Calls;

namespace SessionGrains.Emulator.Peers;

/// <summary>The pages that stand ready to answer offers with a browser's own WebRTC stack.</summary>
internal sealed class PeerPages
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly List<PeerPage> pages = [];

    public int Count
    {
        get
        {
            lock (gate)
            {
                return pages.Count;
            }
        }
    }

    public void Add(PeerPage page)
    {
        lock (gate)
        {
            pages.Add(page);
        }
    }

    public void Remove(PeerPage page)
    {
        lock (gate)
        {
            pages.Remove(page);
        }
    }

    /// <summary>The answer of the page that came last, or null where there is none or it does not manage.</summary>
    public async Task<string?> Answer(Call call)
    {
        PeerPage? page;
        lock (gate)
        {
            page = pages.LastOrDefault();
        }

        if (page is null)
        {
            return null;
        }

        try
        {
            return await page.Answer(call).WaitAsync(Patience, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            page.Forget(call);
            return null;
        }
    }
}
