using System.Collections.Concurrent;
using SessionGrains.Tools;
using SessionGrains.Tools.Mcp;
using SessionGrains.Tools.Schemas;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>MCP servers whose answers the test gives, and that write down when they were asked for what.</summary>
internal sealed class ToolboxServers(TimeProvider clock) : IToolServers
{
    public event Action<ToolDeclaration>? Disabled;

    public ConcurrentQueue<(DateTimeOffset At, string Tools)> Asked { get; } = [];

    /// <summary>What comes of asking for a tool.</summary>
    public Func<ToolDeclaration, Task<ToolOffer>> Answer { get; set; } = tool => Task.FromResult(Offer(tool));

    public static ToolOffer Offer(ToolDeclaration declared, string description = "Finds a customer.") => new(declared, declared with
    {
        Description = description,
        Parameters = Schema.Parse("""{"type":"object"}"""),
    });

    public static Task<ToolOffer> Nothing(ToolDeclaration declared) => Task.FromResult(new ToolOffer(declared, null));

    public async Task<IReadOnlyList<ToolOffer>> ListAsync(IReadOnlyList<ToolDeclaration> declared, CancellationToken cancellationToken)
    {
        Asked.Enqueue((clock.GetUtcNow(), string.Join(' ', declared.Select(tool => tool.Name).Order(StringComparer.Ordinal))));
        return await Task.WhenAll(declared.Select(Answer)).WaitAsync(cancellationToken);
    }

    /// <summary>A call finds out that a tool is not what was pinned.</summary>
    public void Disable(ToolDeclaration tool) => Disabled?.Invoke(tool);
}
