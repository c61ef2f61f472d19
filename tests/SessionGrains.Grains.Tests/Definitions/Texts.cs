using System.Collections.Immutable;
using SessionGrains.Grains.Definitions;
using SessionGrains.Tools;
using SessionGrains.Tools.Files;
using Xunit;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>Writes small definition files: a valid one, with members replaced, added or left out.</summary>
internal static class Texts
{
    public const string File = "definitions/intake.json";

    public static readonly IReadOnlySet<string> Tools = new HashSet<string> { "lookup_order", "issue_refund" };

    private static readonly (string Name, string Value)[] Valid =
    [
        ("name", "\"intake\""),
        ("mode", "\"brokered\""),
        ("session", """{"model":"gpt-realtime-2.1","instructions":"Greet {{inputs.customer}}."}"""),
        ("inputs", """{"type":"object","properties":{"customer":{"type":"string","maxLength":8}},"required":["customer"],"additionalProperties":false}"""),
        ("allow", """{"scopes":["voice.start"]}"""),
    ];

    /// <summary>A definition file; a null value leaves a member out.</summary>
    public static string With(params (string Name, string? Value)[] changes)
    {
        var members = Valid.Where(member => !changes.Any(change => change.Name == member.Name))
            .Concat(changes.Where(change => change.Value is not null).Select(change => (change.Name, Value: change.Value!)));
        return $"{{{string.Join(",", members.Select(member => $"\"{member.Name}\":{member.Value}"))}}}";
    }

    public static Definition Definition(params (string Name, string? Value)[] changes)
    {
        var result = Read(With(changes));
        Assert.Empty(result.Faults);
        return result.Value!;
    }

    public static FileResult<Definition> Read(string text) => DefinitionReader.Read(File, text, Tools);

    public static ToolDeclaration CodeTool(string name) => new() { Name = name, Target = new ToolTarget.Code() };

    public static Caller Caller(string? origin = null, params (string Claim, string Value)[] claims) => new(
        new UserId("https://issuer.test", "acme", "ada"),
        claims.GroupBy(claim => claim.Claim).ToImmutableDictionary(same => same.Key, same => same.Select(claim => claim.Value).ToImmutableArray()),
        origin);
}
