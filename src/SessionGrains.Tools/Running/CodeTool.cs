using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using SessionGrains.Tools.Schemas;

namespace SessionGrains.Tools.Running;

/// <summary>A tool whose code runs in this process: its function, and the name under which that takes a <see cref="ToolContext"/>.</summary>
internal sealed record CodeTool(string Name, AIFunction Function, string? ContextParameter)
{
    public static CodeTool For(AIFunction function)
    {
        var context = function.UnderlyingMethod?.GetParameters().FirstOrDefault(parameter => parameter.ParameterType == typeof(ToolContext));
        return new(function.Name, function, context?.Name);
    }

    /// <summary>The schema of what the model may send: without the context, and without members that nobody asks for.</summary>
    /// <exception cref="FormatException">The function's schema has a rule that would not be checked.</exception>
    public Schema ReadParameters()
    {
        var schema = JsonObject.Create(Function.JsonSchema) ?? [];
        if (ContextParameter is not null)
        {
            (schema["properties"] as JsonObject)?.Remove(ContextParameter);
            (schema["required"] as JsonArray)?.RemoveAll(name => name?.GetValue<string>() == ContextParameter);
        }

        schema["type"] = "object";
        schema.TryAdd("additionalProperties", false);
        return Schema.Parse(schema.ToJsonString(JsonSerializerOptions.Web));
    }

    public AIFunctionArguments Arguments(JsonElement arguments, ToolContext context, IServiceProvider services)
    {
        var given = new AIFunctionArguments(arguments.EnumerateObject().ToDictionary(member => member.Name, member => (object?)member.Value))
        {
            Services = services,
            Context = new Dictionary<object, object?> { [typeof(ToolContext)] = context },
        };
        if (ContextParameter is not null)
        {
            // It replaces whatever the model may have sent under that name.
            given[ContextParameter] = context;
        }

        return given;
    }
}
