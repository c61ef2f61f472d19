using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace SessionGrains.Api.Tests;

/// <summary>A page that listens to a workflow's events.</summary>
internal sealed class Listener : IDisposable
{
    private readonly HttpResponseMessage response;
    private readonly StreamReader reader;

    private Listener(HttpResponseMessage response, Stream body) => (this.response, reader) = (response, new(body, Encoding.UTF8));

    public HttpResponseHeaders Headers => response.Headers;

    public HttpContentHeaders ContentHeaders => response.Content.Headers;

    /// <summary>Opens a stream that is expected to open.</summary>
    public static async Task<Listener> Open(
        ApiUnderTest api, WorkflowId id, string? token = null, params (string Name, string Value)[] headers)
    {
        var response = await api.Open($"/v1/workflows/{id}/events", token ?? Token.OfAda, headers).Soon();
        Assert.Equal(200, (int)response.StatusCode);
        return new(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Opens an address of the operators as a stream.</summary>
    public static async Task<Listener> Watch(ApiUnderTest api, string path, string? token = null)
    {
        var response = await api.Open(path, token ?? Token.OfOperator, ("Accept", "text/event-stream")).Soon();
        Assert.Equal(200, (int)response.StatusCode);
        return new(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Opens a stream and reads its snapshot, so that what follows is the test's own.</summary>
    public static async Task<Listener> Opened(ApiUnderTest api, WorkflowId id, string? token = null)
    {
        var listener = await Open(api, id, token);
        Assert.Equal("workflow.updated", (await listener.Event()).Name);
        return listener;
    }

    /// <summary>The next lines up to an empty one; null when the stream has closed.</summary>
    public async Task<string?> Block()
    {
        var block = new List<string>();
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().Soon() is { } line)
        {
            if (line is "")
            {
                return string.Join('\n', block);
            }

            block.Add(line);
        }

        Assert.Empty(block);
        return null;
    }

    /// <summary>The next event; comments are passed over.</summary>
    public async Task<(string Name, long Id, JsonElement Data)> Event()
    {
        string? block;
        do
        {
            block = await Block();
        }
        while (block?.StartsWith(':') is true);

        Assert.NotNull(block);
        var fields = block.Split('\n').Select(line => line.Split(": ", 2)).ToDictionary(field => field[0], field => field[1]);
        Assert.Equal(["data", "event", "id"], fields.Keys.Order());
        return (fields["event"], long.Parse(fields["id"], null), JsonDocument.Parse(fields["data"]).RootElement);
    }

    /// <summary>Reads until the stream closes, and says what came before that.</summary>
    public async Task<List<string>> Rest()
    {
        var blocks = new List<string>();
        while (await Block() is { } block)
        {
            blocks.Add(block);
        }

        return blocks;
    }

    public void Dispose()
    {
        reader.Dispose();
        response.Dispose();
    }
}
