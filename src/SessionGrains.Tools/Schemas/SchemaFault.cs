namespace SessionGrains.Tools.Schemas;

/// <summary>One place of a value that its schema does not allow, and what would be right, in words for a person.</summary>
/// <remarks>It never quotes the value: that may be personal.</remarks>
public sealed record SchemaFault(string Path, string What);
