using SessionGrains.Api.Bodies;

namespace SessionGrains.Api.ToolCalls;

/// <summary>The body of a yes or a no, with the hash of the arguments that it is meant for.</summary>
internal sealed record ApprovalRequest(bool IsApproved, string ArgumentsHash) : IJsonRequest<ApprovalRequest>
{
    public const string Approve = "approve";
    public const string Deny = "deny";
    public const int MaxHash = 128;

    public static bool MayBeEmpty => false;

    public static ApprovalRequest Read(JsonMembers members) => new(
        members.OneOf("decision", Approve, Deny) is Approve,
        members.Text("arguments_hash", MaxHash));
}
