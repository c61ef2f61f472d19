using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>The receiver's check as docs/webhooks.md prints it, so that what is printed has been run.</summary>
internal static class PrintedReceiver
{
    public static bool IsGenuine(IHeaderDictionary headers, byte[] body, string secret)
    {
        var (id, timestamp) = (headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString());
        if (!long.TryParse(timestamp, out var seconds) || Math.Abs(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - seconds) > 300)
        {
            return false;
        }

        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed));
        // There are two signatures while the secret is changed.
        return headers["webhook-signature"].ToString().Split(' ')
            .Any(signature => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), Encoding.UTF8.GetBytes(expected)));
    }
}
