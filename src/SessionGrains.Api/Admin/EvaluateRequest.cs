using System.Text.Json;
using SessionGrains.Api.Bodies;
using SessionGrains.Api.Callers;

namespace SessionGrains.Api.Admin;

/// <summary>The body of a dry run: the claims of a token, the inputs of a start, and perhaps an edited definition.</summary>
internal sealed record EvaluateRequest(string ClaimsJson, string InputsJson, string? Origin, string? DefinitionJson) : IJsonRequest<EvaluateRequest>
{
    public const int MaxOrigin = 1024;

    public static bool MayBeEmpty => false;

    public static EvaluateRequest Read(JsonMembers members)
    {
        var request = new EvaluateRequest(
            members.ObjectText("claims"),
            members.ObjectText("inputs"),
            members.OptionalText("origin", MaxOrigin),
            members.OptionalObjectText("definition"));
        if (Caller(request, "issuer") is null)
        {
            members.Refuse("claims: They need a sub, and what a token would hold otherwise.");
        }

        return request;
    }

    /// <summary>The start to try, as the user whom the claims describe. Without an <c>iss</c> it is one of the operator's own issuer.</summary>
    public EvaluationRequest For(UserId operatorId) => new(Caller(this, operatorId.Issuer)!, InputsJson, DefinitionJson);

    private static Caller? Caller(EvaluateRequest request, string issuer)
    {
        using var claims = JsonDocument.Parse(request.ClaimsJson);
        return TokenClaims.ReadClaims(claims.RootElement, request.Origin, issuer);
    }
}
