using System.Text.Json.Nodes;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Tools;
using SessionGrains.Tools.Schemas;

namespace SessionGrains.Grains.Tests.Sideband;

/// <summary>Calls to hold.</summary>
internal static class Plans
{
    public static CallPlan Brokered => new(
        Told.Workflow,
        A.Call("u1_test"),
        ConnectionMode.Brokered,
        JsonNode.Parse("""{"type":"realtime","model":"gpt-realtime-2.1","instructions":"Be brief.","audio":{"output":{"voice":"marin","speed":1.1}}}""")!.AsObject(),
        [Tool("lookup_order"), Tool("close_order")],
        Guard.Revert,
        Transcripts: false,
        IsTakeover: false,
        [])
    {
        Salt = "salt",
    };

    public static ItemIds Ids { get; } = new("salt");

    public static CallPlan Direct => Brokered with { Mode = ConnectionMode.ClientSecret };

    public static ToolDeclaration Tool(string name) => new()
    {
        Name = name,
        Description = $"Does {name}.",
        Parameters = Schema.Parse("""{"type":"object","properties":{"order_id":{"type":"integer"}}}"""),
        Target = new ToolTarget.Code(),
    };
}
