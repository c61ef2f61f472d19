using System.Collections.Immutable;

namespace SessionGrains.Grains.Definitions;

/// <summary>Who may start: one of each kind that is listed. With nothing listed, nobody may.</summary>
internal sealed record Allow
{
    public bool AnyoneSignedIn { get; init; }
    public ImmutableArray<string> Scopes { get; init; } = [];
    public ImmutableArray<string> Roles { get; init; } = [];
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Claims { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;
    public ImmutableArray<string> Origins { get; init; } = [];
}
