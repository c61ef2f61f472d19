using System.Text;
using Microsoft.Playwright;

namespace SessionGrains.Browser.Tests;

/// <summary>Everything that a curious page can get hold of: each request and its answer with their headers, and whatever the browser stores.</summary>
internal sealed class Reading
{
    private readonly IPage page;
    private readonly StringBuilder read = new();
    private readonly List<Task> reading = [];

    public Reading(IPage page)
    {
        this.page = page;
        page.Request += (_, request) => Keep($"{request.Method} {request.Url}\n{request.PostData}");
        page.Response += (_, response) => reading.Add(Read(response));
    }

    public async Task<string> All() => await Network() + await Storage();

    public Task<string> Storage() => page.EvaluateAsync<string>("""
        async () => [JSON.stringify(Object.entries(localStorage)), JSON.stringify(Object.entries(sessionStorage)), document.cookie,
          JSON.stringify(await indexedDB.databases()), JSON.stringify(await caches.keys()), performance.getEntries().map((entry) => entry.name)].join()
        """);

    public async Task<string> Network()
    {
        await Task.WhenAll(reading);
        lock (read)
        {
            return read.ToString();
        }
    }

    private async Task Read(IResponse response)
    {
        try
        {
            var sent = await response.Request.HeadersArrayAsync();
            var headers = string.Join('\n', sent.Concat(await response.HeadersArrayAsync()).Select(header => $"{header.Name}: {header.Value}"));
            Keep($"{response.Url}\n{headers}");
            Keep(await response.TextAsync());
        }
        catch (PlaywrightException)
        {
            // No body: a stream that is still open, or a redirect.
        }
    }

    private void Keep(string text)
    {
        lock (read)
        {
            read.AppendLine(text);
        }
    }
}
