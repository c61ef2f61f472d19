using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace SessionGrains.Tools.Files;

/// <summary>What a file holds, or every fault that it has.</summary>
public sealed record FileResult<T>(T? Value, ImmutableArray<FileFault> Faults)
    where T : class
{
    /// <summary>Whether the file may be used.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    public bool IsValid => Faults.IsEmpty && Value is not null;
}
