using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using System.Text.Json;

namespace SessionGrains.OpenAI;

/// <summary>Reads what went wrong out of an answer or an exception. Bodies may echo what we sent, so only codes are kept.</summary>
internal static class ProviderFaults
{
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromSeconds(30);

    public static (ProviderFault Fault, string? Code) Read(PipelineResponse response) =>
        Read(response.Status, response.Content, response.Headers.TryGetValue("Retry-After", out var text) ? text : null);

    public static (ProviderFault Fault, string? Code) Read(int status, BinaryData content, string? retryAfter)
    {
        var code = ReadCode(content);
        var detail = code is null ? $"status {status}" : $"status {status}, {code}";
        return (new ProviderFault(Kind(status), detail, ReadRetryAfter(retryAfter)), code);
    }

    /// <summary>Tells whether an exception is OpenAI's or the network's doing, and whether the request may have arrived.</summary>
    public static bool TryRead(Exception e, CancellationToken callerGaveUp, out ProviderFault fault, out bool mayHaveArrived)
    {
        var network = e as HttpRequestException ?? e.InnerException as HttpRequestException;
        // A connection that was not made in time is told apart only by what it carries.
        mayHaveArrived = e is not OperationCanceledException { InnerException: TimeoutException } && network?.HttpRequestError is not
            (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError);

        var detail = e switch
        {
            OperationCanceledException when callerGaveUp.IsCancellationRequested => null,
            OperationCanceledException or TimeoutException => "no answer in time",
            JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentOutOfRangeException => "an answer that is not understood",
            ClientResultException or HttpRequestException or IOException or AggregateException => network?.HttpRequestError.ToString() ?? "the connection broke",
            _ => null,
        };

        fault = new ProviderFault(ProviderFaultKind.Unavailable, detail ?? "");
        return detail is not null;
    }

    private static ProviderFaultKind Kind(int status) => status switch
    {
        429 => ProviderFaultKind.RateLimited,
        408 or >= 500 => ProviderFaultKind.Unavailable,
        _ => ProviderFaultKind.Rejected,
    };

    private static string? ReadCode(BinaryData content)
    {
        try
        {
            using var json = JsonDocument.Parse(content);
            var error = json.RootElement.GetProperty("error");
            var code = Text(error, "code") ?? Text(error, "type");
            return code is { Length: <= 64 } && code.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') ? code : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }

        static string? Text(JsonElement element, string name) =>
            element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
    }

    private static TimeSpan? ReadRetryAfter(string? text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || seconds < 0)
        {
            return null;
        }

        return seconds < LongestRetryAfter.TotalSeconds ? TimeSpan.FromSeconds(seconds) : LongestRetryAfter;
    }
}
