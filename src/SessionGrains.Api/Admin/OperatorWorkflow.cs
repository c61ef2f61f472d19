using SessionGrains.Api.Cluster;

namespace SessionGrains.Api.Admin;

/// <summary>The workflow that a path names, as an operator may reach it: anybody's.</summary>
internal sealed class OperatorWorkflow
{
    private readonly WorkflowId? id;
    private readonly GrainCalls grains;

    private OperatorWorkflow(WorkflowId? id, GrainCalls grains) => (this.id, this.grains) = (id, grains);

    public static ValueTask<OperatorWorkflow> BindAsync(HttpContext context)
    {
        WorkflowId? id = WorkflowId.TryParse(context.Request.RouteValues["id"] as string, out var parsed) ? parsed : null;
        return ValueTask.FromResult(new OperatorWorkflow(id, context.RequestServices.GetRequiredService<GrainCalls>()));
    }

    public async Task<Outcome<WorkflowRecord>> Ask(Func<IWorkflowGrain, Task<Outcome<WorkflowRecord>>> question) =>
        id is { } known ? await grains.Ask(all => question(all.Workflow(known))) : Refusal.NotFound;
}
