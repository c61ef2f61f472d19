using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.AI;
using SessionGrains.Tools;
using SessionGrains.Tools.Running;

namespace SessionGrains.Local;

/// <summary>The two tools that the sample definitions grant, in code, over a shop in memory.</summary>
internal static class SampleTools
{
    public static IHostApplicationBuilder AddSampleTools(this IHostApplicationBuilder builder, Shop shop)
    {
        string LookUp(OrderNumber order_id) => shop.LookUp(order_id.Text);

        string Refund(OrderNumber order_id, [Range(0.01, 500)] decimal amount_usd, ToolContext context) =>
            shop.Refund(context.IdempotencyKey, order_id.Text, amount_usd);

        return builder
            .AddTool(Function(LookUp, "lookup_order", "Finds an order by its number."), ToolEffect.Read)
            .AddTool(Function(Refund, "issue_refund", "Pays an amount of an order back to the customer."), ToolEffect.Keyed);
    }

    private static AIFunction Function(Delegate code, string name, string description) => AIFunctionFactory.Create(code, new AIFunctionFactoryOptions
    {
        Name = name,
        Description = description,
        JsonSchemaCreateOptions = new() { TransformSchemaNode = (context, schema) => context.TypeInfo.Type == typeof(OrderNumber) ? OrderNumber.Schema : schema },
    });
}
