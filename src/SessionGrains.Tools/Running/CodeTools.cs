using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SessionGrains.Tools.Running;

/// <summary>Runs tools whose code is registered in this process.</summary>
internal sealed class CodeTools(IEnumerable<CodeTool> tools, IServiceScopeFactory scopes, ILogger<CodeTools> logger) : IToolKind
{
    // White space and escapes cost tokens, and the reader is a model, not a browser.
    private static readonly JsonSerializerOptions Compact = new(AIJsonUtilities.DefaultOptions)
    {
        WriteIndented = false,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Dictionary<string, CodeTool> byName = tools.ToDictionary(tool => tool.Name);

    public bool Runs(ToolTarget target) => target is ToolTarget.Code;

    public async Task<ToolAttempt> TryAsync(ToolRun run, CancellationToken cancellationToken)
    {
        if (!byName.TryGetValue(run.Tool.Name, out var tool))
        {
            logger.CannotRun(run.Tool.Name, "no code is registered under its name");
            return new ToolResult.Failed("The tool is not available.");
        }

        var context = new ToolContext(run);
        await using var scope = scopes.CreateAsyncScope();
        run.Leave();
        try
        {
            var output = await tool.Function.InvokeAsync(tool.Arguments(run.Request.Arguments, context, scope.ServiceProvider), cancellationToken);
            return new ToolResult.Completed(ToolOutput.Cap(Text(output), run.Tool.MaxOutputBytes), run.Tool.EndsWorkflow || context.IsEnding);
        }
        catch (ToolFailedException failed)
        {
            return new ToolResult.Failed(ToolOutput.Error(failed.Message));
        }
#pragma warning disable CA1031 // Anything may come out of a tool's code; its message may hold what is nobody's business.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            logger.ToolBroke(run.Request.WorkflowId, run.Request.CallId, run.Tool.Name, fault.GetType().Name);
            return run.Lost("The tool broke.");
        }
    }

    private static string Text(object? output) => output switch
    {
        null => "",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } text => text.GetString()!,
        JsonElement { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => "",
        JsonElement json => JsonSerializer.Serialize(json, Compact),
        TextContent content => content.Text,
        _ => JsonSerializer.Serialize(output, Compact),
    };
}
