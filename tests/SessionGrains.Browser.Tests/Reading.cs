using System.Text;
using Microsoft.Playwright;

namespace SessionGrains.Browser.Tests;

/// <summary>Everything that a curious page can get hold of: each answer with its headers, and whatever the browser stores.</summary>
internal sealed class Reading
{
    private readonly IPage page;
    private readonly StringBuilder read = new();
    private readonly List<Task> reading = [];

    public Reading(IPage page)
    {
        this.page = page;
        page.Response += (_, response) => reading.Add(Read(response));
    }

    public async Task<string> All()
    {
        var stored = await page.EvaluateAsync<string>("""
            async () => [JSON.stringify(Object.entries(localStorage)), JSON.stringify(Object.entries(sessionStorage)), document.cookie,
              JSON.stringify(await indexedDB.databases()), JSON.stringify(await caches.keys()), performance.getEntries().map((entry) => entry.name)].join()
            """);
        await Task.WhenAll(reading);
        return read.ToString() + stored;
    }

    private async Task Read(IResponse response)
    {
        try
        {
            var headers = string.Join('\n', (await response.HeadersArrayAsync()).Select(header => $"{header.Name}: {header.Value}"));
            var text = await response.TextAsync();
            lock (read)
            {
                read.Append(response.Url).Append('\n').Append(headers).Append('\n').Append(text).Append('\n');
            }
        }
        catch (PlaywrightException)
        {
            // No body: a stream that is still open, or a redirect.
        }
    }
}
