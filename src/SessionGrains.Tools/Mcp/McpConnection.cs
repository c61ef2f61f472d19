using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace SessionGrains.Tools.Mcp;

/// <summary>One connection to an MCP server, for one list or one call.</summary>
/// <remarks>
/// A connection is made for each call: a kept one would have to be mended in the middle of a call that must not be sent twice.
/// The TCP connections below it are pooled.
/// </remarks>
internal sealed class McpConnection(McpClient client, HttpClient http)
{
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(2);

    public McpClient Client => client;

    public static async Task<McpConnection> OpenAsync(ToolTarget.Mcp target, string? bearer, HttpMessageHandler handler, Action onCall, CancellationToken cancellationToken)
    {
#pragma warning disable CA2000 // The connection owns it, and a failure below disposes it.
        var http = new HttpClient(new McpWire(handler, onCall), disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
#pragma warning restore CA2000
        try
        {
            var options = new HttpClientTransportOptions
            {
                Endpoint = target.Url,
                Name = target.Server,
                // The older transport lets the server name another address for the calls.
                TransportMode = HttpTransportMode.StreamableHttp,
                EnableStandaloneGetStream = false,
                AdditionalHeaders = bearer is null ? null : new Dictionary<string, string> { ["Authorization"] = $"Bearer {bearer}" },
            };

            // Its logger would write what tools are told and answer.
            var client = await McpClient.CreateAsync(
                new HttpClientTransport(options, http, NullLoggerFactory.Instance, ownsHttpClient: false),
                new McpClientOptions { ClientInfo = new Implementation { Name = "SessionGrains", Version = "1" } },
                NullLoggerFactory.Instance,
                cancellationToken);
            return new(client, http);
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    /// <summary>Says goodbye without making anybody wait for it.</summary>
    public async void Close(TimeProvider clock)
    {
        await client.DisposeAsync().AsTask().WaitAsync(CloseTime, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        http.Dispose();
    }
}
