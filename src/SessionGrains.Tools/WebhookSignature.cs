using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace SessionGrains.Tools;

/// <summary>Signs what we send to the operator's application, as Standard Webhooks lays down.</summary>
public static class WebhookSignature
{
    public const string SecretPrefix = "whsec_";

    /// <summary>Whether a text is a secret that can sign: <c>whsec_</c> and Base64.</summary>
    public static bool IsSecret(string? text) =>
        text is not null && text.StartsWith(SecretPrefix, StringComparison.Ordinal) && text.Length > SecretPrefix.Length
        && Convert.TryFromBase64String(text[SecretPrefix.Length..], new byte[text.Length], out _);

    /// <summary>Adds <c>webhook-id</c>, <c>webhook-timestamp</c> and <c>webhook-signature</c> to a request with this body.</summary>
    /// <exception cref="FormatException">The secret is none; the message does not hold it.</exception>
    public static void Sign(HttpRequestHeaders headers, string secret, string id, DateTimeOffset now, ReadOnlySpan<byte> body)
    {
        if (!IsSecret(secret))
        {
            throw new FormatException($"A signing secret must be {SecretPrefix} and Base64.");
        }

        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        var signature = HMACSHA256.HashData(Convert.FromBase64String(secret[SecretPrefix.Length..]), signed);
        headers.Add("webhook-id", id);
        headers.Add("webhook-timestamp", timestamp);
        headers.Add("webhook-signature", $"v1,{Convert.ToBase64String(signature)}");
    }
}
