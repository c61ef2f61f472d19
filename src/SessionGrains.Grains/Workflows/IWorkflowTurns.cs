namespace SessionGrains.Grains.Workflows;

/// <summary>The one door through which a workflow's state changes, one command at a time. Only the grain itself goes through it.</summary>
/// <remarks>
/// What waits for the world outside interleaves and keeps no turn; its results come back here as commands. Orleans is the mutex,
/// and a result that comes back after the activation was replaced reaches its successor.
/// </remarks>
[Alias("SessionGrains.IWorkflowTurns")]
internal interface IWorkflowTurns : IGrainWithStringKey
{
    /// <summary>Admits the workflow, takes its slot and saves it.</summary>
    [Alias("Begin")]
    Task<Beginning> Begin(Admission admission);

    /// <summary>Decides, saves, starts what is owed; answers the refusal, if any.</summary>
    [Alias("Handle")]
    Task<Refusal?> Handle(WorkflowCommand command);

    /// <summary>Goes on in another silo, because this one stops.</summary>
    [Alias("MoveTo")]
    Task MoveTo(SiloAddress silo);
}
