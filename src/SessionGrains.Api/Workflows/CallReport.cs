using SessionGrains.Api.Bodies;

namespace SessionGrains.Api.Workflows;

/// <summary>The body with which a browser reports the call that it created itself.</summary>
internal sealed record CallReport(CallId CallId) : IJsonRequest<CallReport>
{
    public static bool MayBeEmpty => false;

    public static CallReport Read(JsonMembers members) => new(members.Parsed<CallId>(
        "call_id", $"A call id is needed here: rtc_ and letters, digits, _ or -, at most {CallId.MaxLength} characters."));
}
