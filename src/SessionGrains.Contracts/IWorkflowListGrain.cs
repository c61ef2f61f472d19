using System.Collections.Immutable;

namespace SessionGrains;

/// <summary>Finds workflows where no id is known, and tells whether the cluster can do its work. Holds no state; key 0.</summary>
[Alias("SessionGrains.IWorkflowListGrain")]
public interface IWorkflowListGrain : IGrainWithIntegerKey
{
    /// <summary>The caller's own live workflows, newest first.</summary>
    /// <param name="after">The <see cref="WorkflowPage.Next"/> of the page before; null for the first page.</param>
    [ForClients, Alias("LiveOf")]
    Task<WorkflowPage> LiveOf(UserId caller, int limit, string? after);

    /// <summary>Answers when a silo is there and its storage answers too.</summary>
    [ForClients, Alias("Ping")]
    Task Ping();

    /// <summary>Answers when a silo is there, whether or not its storage answers.</summary>
    [ForClients, Alias("Reach")]
    Task Reach();
}

/// <summary>One page of workflows, and where the next one begins; null when this is the last.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.WorkflowPage")]
public sealed record WorkflowPage([property: Id(0)] ImmutableArray<WorkflowView> Workflows, [property: Id(1)] string? Next);
