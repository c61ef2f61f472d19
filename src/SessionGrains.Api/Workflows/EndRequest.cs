using SessionGrains.Api.Bodies;

namespace SessionGrains.Api.Workflows;

/// <summary>The optional body of an end.</summary>
internal sealed record EndRequest(string? ReasonDetail) : IJsonRequest<EndRequest>
{
    public const int MaxReasonDetail = 512;

    public static bool MayBeEmpty => true;

    public static EndRequest Read(JsonMembers members) => new(members.OptionalText("reason_detail", MaxReasonDetail));
}

/// <summary>The body of a request that says everything with its address.</summary>
internal sealed record NothingToSay : IJsonRequest<NothingToSay>
{
    public static bool MayBeEmpty => true;

    public static NothingToSay Read(JsonMembers members) => new();
}
