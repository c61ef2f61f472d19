using SessionGrains.Tools;
using SessionGrains.Tools.Schemas;

namespace SessionGrains.Local;

/// <summary>The two tools that the sample definitions grant, as the local host declares them in code.</summary>
internal static class SampleTools
{
    public static ToolDeclaration LookupOrder { get; } = new()
    {
        Name = "lookup_order",
        Description = "Finds an order by its number.",
        Effect = ToolEffect.Read,
        Target = new ToolTarget.Code(),
        Parameters = Schema.Parse("""
            {
              "type": "object",
              "properties": { "order_id": { "type": "string", "minLength": 1, "maxLength": 32 } },
              "required": ["order_id"],
              "additionalProperties": false
            }
            """),
    };

    public static ToolDeclaration IssueRefund { get; } = new()
    {
        Name = "issue_refund",
        Description = "Pays an amount of an order back to the customer.",
        Effect = ToolEffect.Keyed,
        Target = new ToolTarget.Code(),
        Parameters = Schema.Parse("""
            {
              "type": "object",
              "properties": {
                "order_id": { "type": "string", "minLength": 1, "maxLength": 32 },
                "amount_usd": { "type": "number", "exclusiveMinimum": 0, "maximum": 500 }
              },
              "required": ["order_id", "amount_usd"],
              "additionalProperties": false
            }
            """),
    };

    public static IReadOnlyList<ToolDeclaration> All { get; } = [LookupOrder, IssueRefund];
}
