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
    /// <param name="secrets">One, or while secrets are changed both: the receiver needs one signature that it can verify.</param>
    /// <exception cref="FormatException">A secret is none; the message does not hold it.</exception>
    public static void Sign(HttpRequestHeaders headers, string id, DateTimeOffset now, ReadOnlySpan<byte> body, params ReadOnlySpan<string> secrets)
    {
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        var signatures = new List<string>(secrets.Length);
        foreach (var secret in secrets)
        {
            signatures.Add(IsSecret(secret)
                ? $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret[SecretPrefix.Length..]), signed))}"
                : throw new FormatException($"A signing secret must be {SecretPrefix} and Base64."));
        }

        // Never unsigned instead.
        if (signatures.Count is 0)
        {
            throw new FormatException("A request is signed with a secret at the least.");
        }

        headers.Add("webhook-id", id);
        headers.Add("webhook-timestamp", timestamp);
        headers.Add("webhook-signature", string.Join(' ', signatures));
    }
}
