namespace SessionGrains.Grains.Definitions;

/// <summary>Who must agree before a tool runs.</summary>
internal enum Approval
{
    None,
    User,
    Operator,
}

/// <summary>A tool as a definition grants it. Without <paramref name="MaxCalls"/> only the workflow's own limit counts.</summary>
internal sealed record GrantedTool(string Name, Approval Approval, int? MaxCalls);
