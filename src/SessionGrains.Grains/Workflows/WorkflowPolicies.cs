using System.Collections.Immutable;
using SessionGrains.Grains.Definitions;
using SessionGrains.Tools;

namespace SessionGrains.Grains.Workflows;

/// <summary>Finds the policy that a workflow started with: its limits for the rules, and the part that its browser may see.</summary>
internal sealed class WorkflowPolicies(DefinitionArchive archive, Toolbox toolbox)
{
    /// <summary>For a workflow whose definition cannot be found: its own deadlines are in its state, and nothing else is asked of it.</summary>
    private static readonly Limits NoMore = new()
    {
        SecretTtl = TimeSpan.Zero,
        MaxSecrets = 0,
        Attach = TimeSpan.Zero,
        MaxDuration = TimeSpan.Zero,
        IdleTimeout = TimeSpan.Zero,
        Heartbeat = TimeSpan.Zero,
        HeartbeatGrace = TimeSpan.Zero,
        // Nobody knows what its call may do, so nobody holds it.
        ControlLost = TimeSpan.FromSeconds(20),
        MaxToolCalls = 0,
        MaxConcurrentToolCalls = 0,
        MaxCostUsd = 0,
        MaxResponses = 0,
    };

    private static readonly PolicyView Unknown = new("", null, [], [], 0, 0, 0, 0, 0);

    /// <summary>The definition as it was when the workflow started.</summary>
    /// <exception cref="InvalidDataException">Its text is nowhere to be found.</exception>
    public ValueTask<Definition> DefinitionOf(WorkflowState state) => archive.Get(state.Definition, state.DefinitionVersion, CancellationToken.None);

    /// <summary>The limits of a workflow. It must be able to end even when its definition is lost.</summary>
    public async ValueTask<Limits> LimitsOf(WorkflowState state) => (await TryFind(state))?.Limits ?? NoMore;

    public async ValueTask<PolicyView> ViewOf(WorkflowState state)
    {
        if (await TryFind(state) is not { } definition)
        {
            return Unknown;
        }

        return new(
            definition.Model,
            definition.Voice,
            definition.OutputModalities,
            [.. definition.Tools.Select(tool => new ToolView(tool.Name, toolbox.DescriptionOf(tool.Name), tool.Approval is not Approval.None))],
            (int)definition.Limits.MaxDuration.TotalSeconds,
            (int)definition.Limits.IdleTimeout.TotalSeconds,
            definition.Limits.MaxToolCalls,
            definition.Limits.MaxCostUsd,
            (int)definition.Limits.Heartbeat.TotalSeconds);
    }

    /// <summary>The granted tools that can be run now.</summary>
    public ImmutableArray<ToolDeclaration> ToolsOf(Definition definition) =>
        [.. definition.Tools.Select(granted => toolbox.Find(granted.Name)).OfType<ToolDeclaration>()];

    /// <summary>Whether granted tools are still to come, as in a silo that has just started.</summary>
    public bool AwaitsTools(Definition definition) => definition.Tools.Any(granted => toolbox.IsAwaited(granted.Name));

    private async ValueTask<Definition?> TryFind(WorkflowState state)
    {
        try
        {
            return state.DefinitionVersion.Length > 0 ? await DefinitionOf(state) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
