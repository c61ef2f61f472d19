namespace SessionGrains.Api.Callers;

/// <summary>The word that a caller lacks: whether it is an operator's.</summary>
internal static class Operators
{
    private const string Name = "sessiongrains.operator";

    extension(Caller caller)
    {
        /// <summary>Whether the token has the operators' scope or role.</summary>
        public bool IsOperator => caller.Scopes.Contains(Name, StringComparer.Ordinal) || caller.Roles.Contains(Name, StringComparer.Ordinal);
    }
}
