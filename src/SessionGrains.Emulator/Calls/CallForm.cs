using System.Text.Json.Nodes;
using SessionGrains.Emulator.Http;
using SessionGrains.Emulator.Media;
using SessionGrains.Emulator.Sessions;

namespace SessionGrains.Emulator.Calls;

/// <summary>What a request to create a call brings: the offer, and the session if it names one.</summary>
internal sealed record CallForm(Offer Offer, JsonObject Session)
{
    public static async Task<(CallForm? Form, OpenAIError? Error)> Read(HttpRequest request, Credential credential)
    {
        var (sdp, session) = request.HasFormContentType ? await ReadParts(request)
            : request.ContentType?.StartsWith("application/sdp", StringComparison.OrdinalIgnoreCase) == true ? (await ReadText(request.Body), null)
            : (null, null);
        if (sdp is null)
        {
            return (null, request.HasFormContentType
                ? OpenAIError.Missing("sdp")
                : new OpenAIError(400, $"Unsupported content type: '{request.ContentType}'. This API method only accepts 'application/sdp' or 'multipart/form-data' requests.", "unsupported_content_type"));
        }

        if (Offer.Parse(sdp) is not { } offer)
        {
            return (null, new OpenAIError(400, "Failed to parse SDP offer.", "invalid_offer", "sdp"));
        }

        var configured = credential.Secret?.Session.DeepClone().AsObject() ?? new JsonObject { ["type"] = "realtime" };
        if (request.Query["model"].FirstOrDefault() is { } model)
        {
            configured["model"] = model;
        }

        if (session is not null)
        {
            if (Json.ParseObject(session) is not { } parsed)
            {
                return (null, new OpenAIError(400, "We could not parse the JSON of the 'session' part.", null, "session"));
            }

            if (SessionShape.Session.Check(parsed, "session") is { } invalid)
            {
                return (null, invalid);
            }

            SessionConfiguration.Merge(configured, parsed);
        }
        else if (request.HasFormContentType && credential.IsKey)
        {
            return (null, OpenAIError.Missing("session"));
        }

        return (new CallForm(offer, configured), null);
    }

    /// <summary>Clients send the parts with or without a file name; both are taken.</summary>
    private static async Task<(string? Sdp, string? Session)> ReadParts(HttpRequest request)
    {
        IFormCollection form;
        try
        {
            form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
        }
        catch (InvalidDataException)
        {
            return (null, null);
        }

        return (await ReadPart(form, "sdp"), await ReadPart(form, "session"));
    }

    private static async Task<string?> ReadPart(IFormCollection form, string name) =>
        form.Files.GetFile(name) is { } file ? await ReadText(file.OpenReadStream()) : form[name].FirstOrDefault();

    private static async Task<string> ReadText(Stream stream)
    {
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
