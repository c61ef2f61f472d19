using System.Text;
using SessionGrains.Tools.Mcp;

namespace SessionGrains.Tools.Tests.Mcp;

/// <summary>The HTTP under an MCP connection.</summary>
public sealed class McpWireTests
{
    [Fact]
    public async Task A_tool_call_is_sent_once_whatever_the_client_above_does()
    {
        using var sink = new Sink();
        var left = 0;
        using var client = new HttpClient(new McpWire(sink, () => left++));

        await Post(client, """{"method":"tools/list"}""");
        Assert.Equal(0, left);
        await Post(client, """{"method":"tools/call"}""");
        await Assert.ThrowsAsync<IOException>(() => Post(client, """{"method":"tools/call"}"""));

        Assert.Equal((1, 2), (left, sink.Requests));
    }

    [Fact]
    public async Task All_answers_of_one_connection_are_4_MiB_at_most()
    {
        using var sink = new Sink();
        using var client = new HttpClient(new McpWire(sink, () => { }));

        sink.Answer = 3 * 1024 * 1024;
        Assert.Equal(sink.Answer, await Post(client, "{}"));
        sink.Answer = 1024 * 1024;
        Assert.Equal(sink.Answer, await Post(client, "{}"));
        sink.Answer = 1;
        var cut = await Assert.ThrowsAnyAsync<Exception>(() => Post(client, "{}"));

        Assert.Equal("The MCP server sends too much.", (cut as IOException ?? cut.InnerException)?.Message);
    }

    private static async Task<int> Post(HttpClient client, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri("https://crm.example/"), content, TestContext.Current.CancellationToken);
        return (await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length;
    }

    private sealed class Sink : HttpMessageHandler
    {
        public int Requests { get; private set; }

        public int Answer { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            return Task.FromResult(new HttpResponseMessage { Content = new ByteArrayContent(new byte[Answer]) });
        }
    }
}
