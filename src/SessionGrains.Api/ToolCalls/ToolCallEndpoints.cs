using Microsoft.AspNetCore.Http.HttpResults;
using SessionGrains.Api.Bodies;
using SessionGrains.Api.Callers;
using SessionGrains.Api.OpenApi;
using SessionGrains.Api.ProblemJson;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.ToolCalls;

/// <summary>The tool calls of a workflow: relayed by the browser, looked at, and agreed to.</summary>
internal static class ToolCallEndpoints
{
    public static RouteGroupBuilder MapToolCalls(this IEndpointRouteBuilder routes)
    {
        var calls = routes.MapGroup("/v1/workflows/{id}/tool_calls").WithTags("Tool calls").RequireAuthorization();

        calls.MapPost("", Relay).WithSummary("Runs a tool call that the browser passes on; a repeat answers with the first result.")
            .Takes(RequestSchemas.Relay);
        calls.MapGet("{call_id}", View).WithSummary("State and output of one tool call.");
        calls.MapPost("{call_id}/approval", Decide).WithSummary("Says yes or no to a tool call that waits for it.")
            .Takes(RequestSchemas.Approval);

        return calls;
    }

    private static async Task<Results<Ok<ToolCallDocument>, Accepted<ToolCallDocument>, Problem>> Relay(
        OwnWorkflow own, JsonBody<RelayRequest> body, HttpContext http)
    {
        if (!body.IsAccepted)
        {
            return await own.OwnershipBefore(body.Problem);
        }

        var (id, name, argumentsJson) = body.Value;
        var relayed = await own.Ask(id, (call, caller) => call.Relay(caller, name, argumentsJson, http.RequestAborted));
        if (!relayed.IsAccepted)
        {
            return relayed.Refusal.ToProblem();
        }

        if (relayed.Value.IsReplay)
        {
            http.Response.Headers["Idempotent-Replayed"] = "true";
        }

        var answer = new ToolCallDocument(relayed.Value.Call);
        return relayed.Value.Call.IsFinal
            ? TypedResults.Ok(answer)
            : TypedResults.Accepted($"/v1/workflows/{answer.WorkflowId}/tool_calls/{answer.CallId}", answer);
    }

    private static async Task<Results<Ok<ToolCallDocument>, Problem>> View(OwnToolCall own) =>
        Answer(await own.Ask((call, caller) => call.View(caller)));

    /// <summary>A yes or no of the workflow's owner, or of an operator.</summary>
    public static async Task<Results<Ok<ToolCallDocument>, Problem>> Decide(
        OwnToolCall own, JsonBody<ApprovalRequest> body, HttpContext http)
    {
        var isOperator = http.Caller.IsOperator;
        return body.IsAccepted
            ? Answer(await own.Ask((call, caller) => call.Decide(new(caller, isOperator), body.Value.IsApproved, body.Value.ArgumentsHash)))
            : await own.OwnershipBefore(body.Problem, isOperator);
    }

    private static Results<Ok<ToolCallDocument>, Problem> Answer(Outcome<ToolCallView> outcome) =>
        outcome.IsAccepted ? TypedResults.Ok(new ToolCallDocument(outcome.Value)) : outcome.Refusal.ToProblem();
}
