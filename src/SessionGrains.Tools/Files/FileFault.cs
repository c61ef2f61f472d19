namespace SessionGrains.Tools.Files;

/// <summary>One wrong place in a configuration file: where it is, what is wrong, and what is allowed there.</summary>
public sealed record FileFault(string File, string Path, string Wrong, string Allowed)
{
    /// <summary>The fault as one line.</summary>
    public override string ToString() => $"{File}: {Path} {Wrong}; allowed: {Allowed}.".ReplaceLineEndings(" ");
}
