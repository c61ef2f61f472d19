using System.Diagnostics.CodeAnalysis;
using Microsoft.Net.Http.Headers;
using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Bodies;

/// <summary>A request body that can be read strictly, member by member.</summary>
internal interface IJsonRequest<TSelf>
    where TSelf : class, IJsonRequest<TSelf>
{
    /// <summary>Whether an empty body means the same as <c>{}</c>.</summary>
    static abstract bool MayBeEmpty { get; }

    static abstract TSelf Read(JsonMembers members);
}

/// <summary>A request's JSON body, or what is wrong with it. Binding never answers by itself: ownership may have to answer first.</summary>
internal sealed class JsonBody<T>
    where T : class, IJsonRequest<T>
{
    private JsonBody(T? value, Problem? problem) => (Value, Problem) = (value, problem);

    public T? Value { get; }

    public Problem? Problem { get; }

    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsAccepted => Problem is null;

    public static async ValueTask<JsonBody<T>> BindAsync(HttpContext context)
    {
        var bytes = await BodyBytes.ReadUpTo(context.Request, BodyBytes.LargestJson);
        return bytes switch
        {
            null => Refused(BodyBytes.TooLarge(BodyBytes.LargestJson)),
            [] when T.MayBeEmpty => Read("{}"u8.ToArray()),
            [] => Refused(Problems.Invalid(new Fault("$", "A JSON object is needed, but the body is empty."))),
            _ when !IsJson(context.Request.ContentType) => Refused(
                new(Problems.UnsupportedMediaType, "This address takes Content-Type: application/json, in UTF-8.")),
            _ => Read(bytes),
        };
    }

    private static JsonBody<T> Read(byte[] bytes)
    {
        if (!StrictJson.TryParse(bytes, out var document, out var faults))
        {
            return Refused(Problems.Invalid(faults));
        }

        using (document)
        {
            var members = new JsonMembers(document.RootElement);
            var value = T.Read(members);
            return members.Faults() is { IsEmpty: false } wrong ? Refused(Problems.Invalid(wrong)) : new(value, null);
        }
    }

    private static JsonBody<T> Refused(Problem problem) => new(null, problem);

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));
}
