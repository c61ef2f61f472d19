using System.Security.Cryptography;
using System.Text;
using SessionGrains.Emulator.Sessions;

namespace SessionGrains.Emulator.Media;

/// <summary>A valid SDP answer with nobody behind it: enough for signalling, no sound.</summary>
internal static class SilentAnswer
{
    private static readonly string[] Codecs = ["opus/48000", "PCMU/8000", "PCMA/8000"];

    public static string To(Offer offer)
    {
        var sdp = new StringBuilder();
        void Line(string line) => sdp.Append(line).Append("\r\n");

        Line("v=0");
        Line($"o=- {RandomNumberGenerator.GetInt32(int.MaxValue)} 2 IN IP4 127.0.0.1");
        Line("s=-");
        Line("t=0 0");
        var mids = offer.Sections.Where(IsAccepted).Select(s => Attribute(s, "mid:")).OfType<string>().ToArray();
        if (offer.Header.Any(l => l.StartsWith("a=group:BUNDLE", StringComparison.Ordinal)) && mids.Length > 0)
        {
            Line($"a=group:BUNDLE {string.Join(' ', mids)}");
        }

        Line("a=msid-semantic: WMS *");
        Line("a=ice-lite");
        var transport = Transport();
        foreach (var section in offer.Sections)
        {
            Answer(section, transport, Line);
        }

        return sdp.ToString();
    }

    private static void Answer(IReadOnlyList<string> section, string[] transport, Action<string> line)
    {
        var media = section[0].Split(' ');
        if (!IsAccepted(section))
        {
            line($"{media[0]} 0 {string.Join(' ', media[2..])}");
            line("c=IN IP4 0.0.0.0");
            MirrorMid(section, line);
            line("a=inactive");
            return;
        }

        var isAudio = media[0] == "m=audio";
        var payloads = isAudio ? Payloads(section, media[3..]) : media[3..];
        line($"{media[0]} 9 {media[2]} {string.Join(' ', payloads)}");
        line("c=IN IP4 127.0.0.1");
        MirrorMid(section, line);
        Array.ForEach(transport, line);
        if (!isAudio)
        {
            line("a=sctp-port:5000");
            line("a=max-message-size:262144");
            return;
        }

        line(section.Contains("a=recvonly") ? "a=sendonly" : section.Contains("a=sendonly") ? "a=recvonly" : section.Contains("a=inactive") ? "a=inactive" : "a=sendrecv");
        line("a=rtcp-mux");
        foreach (var codec in section.Where(l => payloads.Any(p =>
            l.StartsWith($"a=rtpmap:{p} ", StringComparison.Ordinal) || l.StartsWith($"a=fmtp:{p} ", StringComparison.Ordinal))))
        {
            line(codec);
        }
    }

    private static bool IsAccepted(IReadOnlyList<string> section) =>
        section[0].StartsWith("m=audio ", StringComparison.Ordinal) || section[0].StartsWith("m=application ", StringComparison.Ordinal);

    /// <summary>Of the offered payload types, those whose codec OpenAI's answers list; all of them where none is named.</summary>
    private static string[] Payloads(IReadOnlyList<string> section, string[] offered)
    {
        var known = offered.Where(p => p is "0" or "8" || Codecs.Any(c =>
            Attribute(section, $"rtpmap:{p} ")?.StartsWith(c, StringComparison.OrdinalIgnoreCase) == true)).ToArray();
        return known.Length > 0 ? known : offered;
    }

    private static string[] Transport() =>
    [
        $"a=ice-ufrag:{RandomId.Next(8)}",
        $"a=ice-pwd:{RandomId.Next(24)}",
        $"a=fingerprint:sha-256 {string.Join(':', RandomNumberGenerator.GetBytes(32).Select(b => b.ToString("X2", null)))}",
        "a=setup:active",
        "a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host",
        "a=end-of-candidates",
    ];

    private static void MirrorMid(IReadOnlyList<string> section, Action<string> line)
    {
        if (Attribute(section, "mid:") is { } mid)
        {
            line($"a=mid:{mid}");
        }
    }

    private static string? Attribute(IReadOnlyList<string> section, string name) =>
        section.FirstOrDefault(l => l.StartsWith($"a={name}", StringComparison.Ordinal))?[(2 + name.Length)..];
}
