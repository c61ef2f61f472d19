using System.Collections.Immutable;
using SessionGrains.Api.Bodies;

namespace SessionGrains.Api.Workflows;

/// <summary>The body of a start. The browser chooses the definition and its inputs, and nothing else.</summary>
internal sealed record StartRequest(string Definition, string InputsJson, ImmutableDictionary<string, string> Metadata)
    : IJsonRequest<StartRequest>
{
    public const int MaxDefinition = 64;
    public const int MaxPairs = 16;
    public const int MaxKey = 64;
    public const int MaxValue = 512;

    public static bool MayBeEmpty => false;

    public static StartRequest Read(JsonMembers members) => new(
        members.Text("definition", MaxDefinition),
        members.ObjectText("inputs"),
        members.TextPairs("metadata", MaxPairs, MaxKey, MaxValue));

    public StartWorkflow With(string? idempotencyKey) => new(Definition, InputsJson, Metadata, idempotencyKey);
}
