namespace SessionGrains.Grains.Workflows;

/// <summary>Looks at a browser's SDP offer before anything is done for it. What it lets through, it does not change.</summary>
internal static class Offers
{
    private const string Audio = "audio";

    private static Refusal Invalid { get; } = new(RefusalCode.InvalidOffer, "The body must be an SDP offer with an audio section.");

    private static Refusal AudioOnly { get; } =
        new(RefusalCode.DataChannelNotAllowed, "This workflow is sealed: its offer may hold audio, and no data channel or video.");

    /// <summary>A refusal, or null when the offer may go to OpenAI.</summary>
    public static Refusal? Check(string offer, ConnectionMode mode)
    {
        // A section's line is read as leniently as a careless parser at the other end could read it.
        var lines = offer.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines is not ["v=0", ..] || offer.Any(c => char.IsControl(c) && c is not ('\r' or '\n' or '\t')))
        {
            return Invalid;
        }

        var media = lines.Where(line => line.StartsWith("m", StringComparison.OrdinalIgnoreCase)).Select(Media).ToList();
        if (mode is ConnectionMode.Sealed && media.Any(kind => kind != Audio))
        {
            return AudioOnly;
        }

        return media.Contains(Audio) && lines.Any(line => line.StartsWith("o=", StringComparison.Ordinal)) ? null : Invalid;
    }

    /// <summary>The media of a section (<c>audio</c>); anything odd is kept as it is, so that it is no audio.</summary>
    private static string Media(string line) => line.StartsWith("m=", StringComparison.Ordinal) ? line[2..].Split(' ')[0] : line;
}
