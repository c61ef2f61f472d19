using System.Buffers.Binary;

namespace SessionGrains.Emulator.Sessions;

/// <summary>The voice of the model where sound is sent as events: 100 ms of a 440 Hz tone for each word.</summary>
internal static class Tone
{
    private const int Rate = 24_000;
    private const int Samples = Rate / 10;

    public static readonly string Base64ForOneWord = Make();

    private static string Make()
    {
        var pcm = new byte[Samples * 2];
        for (var i = 0; i < Samples; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(pcm.AsSpan(i * 2), (short)(6000 * Math.Sin(2 * Math.PI * 440 * i / Rate)));
        }

        return Convert.ToBase64String(pcm);
    }
}
