using SessionGrains.Api.Bodies;

namespace SessionGrains.Api.Admin;

/// <summary>The body of a revocation: what it is aimed at, why, and for how long such starts are refused.</summary>
internal sealed record RevocationRequest(RevocationTarget Target, TimeSpan BlockFor, string? ReasonDetail) : IJsonRequest<RevocationRequest>
{
    public const int MaxBlockSeconds = 30 * 24 * 3600;
    public const int MaxReasonDetail = 512;

    public static bool MayBeEmpty => false;

    public static RevocationRequest Read(JsonMembers members) => new(
        ReadTarget(members),
        TimeSpan.FromSeconds(members.WholeNumber("block_new_starts_for_seconds", 0, MaxBlockSeconds, 0)),
        members.OptionalText("reason_detail", MaxReasonDetail));

    public static RevocationTarget ReadTarget(JsonMembers members)
    {
        var target = new RevocationTarget(Text("owner"), Text("tenant"), Text("definition"), Text("tool"));
        var aims = new[] { target.Owner, target.Definition, target.Tool }.Count(each => each is not null);
        if (aims > 1 || (aims is 0 && target.Tenant is null) || (target.Tenant is not null && target is not { Definition: null, Tool: null }))
        {
            members.Refuse("Exactly one of owner, tenant, definition and tool is needed; a tenant may narrow an owner.");
        }

        return target;

        string? Text(string name) => members.OptionalText(name, AdminQuery.MaxText) is { Length: > 0 } text ? text : null;
    }
}

/// <summary>The body that lifts a block: what is to start again.</summary>
internal sealed record LiftRequest(RevocationTarget Target) : IJsonRequest<LiftRequest>
{
    public static bool MayBeEmpty => false;

    public static LiftRequest Read(JsonMembers members) => new(RevocationRequest.ReadTarget(members));
}
