using System.ClientModel;
using System.Net.Http.Headers;
using System.Text;

namespace SessionGrains.OpenAI;

/// <summary>The multipart body that creates a call: parts <c>sdp</c> and <c>session</c>, with quoted names as OpenAI's own clients send them.</summary>
internal static class CallForm
{
    public static (BinaryContent Content, string MediaType) Create(string offer, string sessionJson)
    {
        // Sent from memory, so that the pipeline knows its length and never has to send it in chunks.
        using var form = new MultipartFormDataContent
        {
            { Part(offer, "application/sdp"), "\"sdp\"" },
            { Part(sessionJson, "application/json"), "\"session\"" },
        };

        using var body = new MemoryStream();
        form.CopyTo(body, null, CancellationToken.None);
        return (BinaryContent.Create(new BinaryData(body.ToArray())), form.Headers.ContentType!.ToString());
    }

    private static ByteArrayContent Part(string text, string mediaType) =>
        new(Encoding.UTF8.GetBytes(text)) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } };
}
