using SessionGrains.Api.ProblemJson;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.ToolCalls;

/// <summary>The tool call that a path names, as its signed-in caller may reach it: malformed, unknown and foreign ids are the same 404.</summary>
internal sealed class OwnToolCall
{
    private readonly OwnWorkflow workflow;
    private readonly ToolCallId? id;

    private OwnToolCall(OwnWorkflow workflow, ToolCallId? id) => (this.workflow, this.id) = (workflow, id);

    public static async ValueTask<OwnToolCall> BindAsync(HttpContext context)
    {
        ToolCallId? id = ToolCallId.TryParse(context.Request.RouteValues["call_id"] as string, out var parsed) ? parsed : null;
        return new(await OwnWorkflow.BindAsync(context), id);
    }

    /// <summary>Asks the tool call on behalf of its caller.</summary>
    public async Task<Outcome<T>> Ask<T>(Func<IToolCallGrain, UserId, Task<Outcome<T>>> question)
        where T : class =>
        id is { } known ? await workflow.Ask(known, question) : Refusal.NoSuchToolCall;

    /// <summary>The answer to a bad body: that there is no such call for this caller, if so, else what is wrong with the body.</summary>
    /// <param name="isOperator">Operators see every workflow, so nothing is hidden from them.</param>
    public async Task<Problem> OwnershipBefore(Problem bodyProblem, bool isOperator)
    {
        if (id is null)
        {
            return Refusal.NoSuchToolCall.ToProblem();
        }

        return isOperator && workflow.IsNamed ? bodyProblem : await workflow.OwnershipBefore(bodyProblem);
    }
}
