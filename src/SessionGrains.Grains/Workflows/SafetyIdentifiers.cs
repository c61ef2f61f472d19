using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace SessionGrains.Grains.Workflows;

/// <summary>Names a user to OpenAI without naming anybody: a salted hash of tenant and user.</summary>
internal static class SafetyIdentifiers
{
    public static string Of(UserId user, string salt) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(salt), Encoding.UTF8.GetBytes(user.UserKey)));
}
