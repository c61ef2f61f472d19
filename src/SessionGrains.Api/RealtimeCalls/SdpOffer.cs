using System.Text;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;
using SessionGrains.Api.Bodies;
using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.RealtimeCalls;

/// <summary>The offer in a request's body, or what is wrong with the body. What an offer may ask for is the workflow's to say.</summary>
internal sealed record SdpOffer(string Text, Problem? Problem)
{
    public const string ContentType = "application/sdp";

    public static async ValueTask<SdpOffer> BindAsync(HttpContext context)
    {
        if (!IsSdp(context.Request.ContentType))
        {
            return Refused(new(Problems.UnsupportedMediaType, "This address takes an SDP offer with Content-Type: application/sdp."));
        }

        return await BodyBytes.ReadUpTo(context.Request, BodyBytes.LargestOffer) switch
        {
            null => Refused(BodyBytes.TooLarge(BodyBytes.LargestOffer)),
            [] => Refused(Problems.Invalid(new Fault("body", "An SDP offer is needed, but the body is empty."))),
            var bytes when !Utf8.IsValid(bytes) || bytes.Contains((byte)0) =>
                Refused(Problems.Invalid(new Fault("body", "An SDP offer is UTF-8 text."))),
            var bytes => new(Encoding.UTF8.GetString(bytes), null),
        };
    }

    public override string ToString() => $"{Text.Length} characters";

    private static SdpOffer Refused(Problem problem) => new("", problem);

    private static bool IsSdp(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType.Equals(ContentType, StringComparison.OrdinalIgnoreCase);
}
