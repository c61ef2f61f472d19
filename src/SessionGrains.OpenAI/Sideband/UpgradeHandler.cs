using System.Net;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>Reads why an upgrade was refused: the WebSocket client would throw the answer away.</summary>
internal sealed class UpgradeHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const long LongestBody = 64 * 1024;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode is HttpStatusCode.SwitchingProtocols)
        {
            return response;
        }

        using (response)
        {
            var retryAfter = response.Headers.TryGetValues("Retry-After", out var values) ? values.FirstOrDefault() : null;
            var (fault, code) = ProviderFaults.Read((int)response.StatusCode, await ReadBody(response, cancellationToken), retryAfter);
            throw new UpgradeRefusedException((int)response.StatusCode, code, fault);
        }
    }

    private static async Task<BinaryData> ReadBody(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await response.Content.LoadIntoBufferAsync(LongestBody, cancellationToken);
            return BinaryData.FromBytes(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // The status says enough.
            return BinaryData.Empty;
        }
    }
}

/// <summary>Carries a refusal through the WebSocket client.</summary>
internal sealed class UpgradeRefusedException(int status, string? code, ProviderFault fault) : HttpRequestException($"The upgrade was refused with status {status}.")
{
    public int Status => status;

    public string? Code => code;

    public ProviderFault Fault => fault;
}
