using System.Security.Cryptography;

namespace SessionGrains.Emulator.Sessions;

/// <summary>Makes ids that look like OpenAI's.</summary>
internal static class RandomId
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    public static string Next(int length = 21) => RandomNumberGenerator.GetString(Alphabet, length);

    public static string NextHex(int length = 16) => RandomNumberGenerator.GetHexString(length, lowercase: true);
}
