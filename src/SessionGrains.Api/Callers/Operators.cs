namespace SessionGrains.Api.Callers;

/// <summary>Who is an operator, and the policy that asks for one.</summary>
internal static class Operators
{
    /// <summary>The policy of addresses that are for operators alone: anybody else who is signed in gets 403.</summary>
    public const string Policy = "operators";

    private const string Name = "sessiongrains.operator";

    extension(Caller caller)
    {
        /// <summary>Whether the token has the operators' scope or role.</summary>
        public bool IsOperator => caller.Scopes.Contains(Name, StringComparer.Ordinal) || caller.Roles.Contains(Name, StringComparer.Ordinal);
    }
}
