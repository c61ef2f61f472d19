using SessionGrains.Api.Callers;
using SessionGrains.Api.Cluster;
using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Workflows;

/// <summary>The workflow that a path names, as its signed-in caller may reach it: malformed, unknown and foreign ids are the same 404.</summary>
internal sealed class OwnWorkflow
{
    private readonly WorkflowId? id;
    private readonly UserId user;
    private readonly GrainCalls grains;

    private OwnWorkflow(WorkflowId? id, UserId user, GrainCalls grains) => (this.id, this.user, this.grains) = (id, user, grains);

    /// <summary>Whether the path names a workflow at all.</summary>
    public bool IsNamed => id is not null;

    public static ValueTask<OwnWorkflow> BindAsync(HttpContext context)
    {
        WorkflowId? id = WorkflowId.TryParse(context.Request.RouteValues["id"] as string, out var parsed) ? parsed : null;
        var grains = context.RequestServices.GetRequiredService<GrainCalls>();
        return ValueTask.FromResult(new OwnWorkflow(id, context.Caller.User, grains));
    }

    /// <summary>Asks the workflow on behalf of its caller.</summary>
    public async Task<Outcome<T>> Ask<T>(Func<IWorkflowGrain, UserId, Task<Outcome<T>>> question)
        where T : class =>
        id is { } known ? await grains.Ask(all => question(all.Workflow(known), user)) : Refusal.NotFound;

    /// <summary>Asks one of the workflow's tool calls on behalf of its caller.</summary>
    public async Task<Outcome<T>> Ask<T>(ToolCallId call, Func<IToolCallGrain, UserId, Task<Outcome<T>>> question)
        where T : class =>
        id is { } known ? await grains.Ask(all => question(all.ToolCall(known, call), user)) : Refusal.NotFound;

    /// <summary>The answer to a bad body: that the workflow does not exist for this caller, if so, else what is wrong with the body.</summary>
    public async Task<Problem> OwnershipBefore(Problem bodyProblem)
    {
        var viewed = await Ask((workflow, caller) => workflow.View(caller));
        return viewed.IsAccepted ? bodyProblem : viewed.Refusal.ToProblem();
    }
}
