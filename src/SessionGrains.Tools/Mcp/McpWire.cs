using System.Text.Json;

namespace SessionGrains.Tools.Mcp;

/// <summary>The HTTP under one MCP connection: tells when the tool call leaves, never sends it twice, and reads no more than is sane.</summary>
internal sealed class McpWire(HttpMessageHandler inner, Action onCall) : DelegatingHandler(inner)
{
    /// <summary>What all answers of one connection may be long together, lists of tools included.</summary>
    public const long MaxBytes = 4 * 1024 * 1024;

    private readonly ByteBudget budget = new(MaxBytes);
    private bool isCalled;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content && await IsCallAsync(content, cancellationToken))
        {
            if (isCalled)
            {
                throw new IOException("The MCP client would send a tool call twice.");
            }

            isCalled = true;
            onCall();
        }

        var response = await base.SendAsync(request, cancellationToken);
        response.Content = await BoundAsync(response.Content, cancellationToken);
        return response;
    }

    private static async Task<bool> IsCallAsync(HttpContent content, CancellationToken cancellationToken)
    {
        try
        {
            var message = JsonElement.Parse(await content.ReadAsByteArrayAsync(cancellationToken));
            return message.ValueKind == JsonValueKind.Object && message.TryGetProperty("method", out var method) && method.ValueEquals("tools/call");
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private async Task<HttpContent> BoundAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var bounded = new StreamContent(new BudgetedStream(await content.ReadAsStreamAsync(cancellationToken), budget));
        foreach (var (name, values) in content.Headers)
        {
            bounded.Headers.TryAddWithoutValidation(name, values);
        }

        return bounded;
    }
}
