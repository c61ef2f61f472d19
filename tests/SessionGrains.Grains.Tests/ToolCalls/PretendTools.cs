using System.Collections.Concurrent;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Tools;
using SessionGrains.Tools.Running;
using SessionGrains.Tools.Schemas;

namespace SessionGrains.Grains.Tests.ToolCalls;

/// <summary>Three tools, one of each effect, that remember what they were asked and answer by script.</summary>
internal sealed class PretendTools : IToolRunner
{
    public const string Lookup = "lookup_order";
    public const string Book = "book_slot";
    public const string Refund = "issue_refund";

    public const string Arguments = """{"order_id":"A-1"}""";

    private static readonly Schema Parameters = Schema.Parse(
        """{"type":"object","properties":{"order_id":{"type":"string","maxLength":64}},"required":["order_id"],"additionalProperties":false}""");

    public static IReadOnlyList<ToolDeclaration> Declarations { get; } =
    [
        Declare(Lookup, ToolEffect.Read), Declare(Book, ToolEffect.Keyed), Declare(Refund, ToolEffect.Unkeyed),
    ];

    public Script<Asked, ToolResult> Runs { get; } = new(asked => new ToolResult.Completed($"{asked.Tool.Name} done", asked.Tool.EndsWorkflow));

    /// <summary>A tool that hears nothing until it is done; null for one that listens.</summary>
    public Func<Task<ToolResult>>? Deaf { get; set; }

    /// <summary>Runs that are told to stop.</summary>
    public ConcurrentQueue<string> Stopped { get; } = [];

    public async Task<ToolResult> RunAsync(ToolDeclaration tool, ToolRequest request, CancellationToken cancellationToken)
    {
        if (Deaf is { } deaf)
        {
            return await deaf();
        }

        var cancelled = new TaskCompletionSource<ToolResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = cancellationToken.Register(() =>
        {
            Stopped.Enqueue(request.CallId);
            cancelled.TrySetResult(tool.Effect is ToolEffect.Read ? new ToolResult.Failed("The call was cancelled.") : new ToolResult.Unknown("The call was cancelled."));
        });
        return await await Task.WhenAny(Runs.Ask(new(tool, request)), cancelled.Task);
    }

    private static ToolDeclaration Declare(string name, ToolEffect effect) => new()
    {
        Name = name,
        Description = "For tests.",
        Parameters = Parameters,
        Effect = effect,
        Target = new ToolTarget.Code(),
    };

    internal sealed record Asked(ToolDeclaration Tool, ToolRequest Request);
}
