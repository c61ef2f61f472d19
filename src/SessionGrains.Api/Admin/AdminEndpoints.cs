using Microsoft.AspNetCore.Http.HttpResults;
using SessionGrains.Api.Bodies;
using SessionGrains.Api.Callers;
using SessionGrains.Api.OpenApi;
using SessionGrains.Api.ProblemJson;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.Admin;

/// <summary>What operators see and do, with everybody's workflows.</summary>
internal static class AdminEndpoints
{
    public static RouteGroupBuilder MapAdmin(this IEndpointRouteBuilder routes)
    {
        var admin = routes.MapGroup("/v1/admin").WithTags("Operators").RequireAuthorization(Operators.Policy);

        admin.MapGet("workflows/{id}", Inspect).WithSummary("Anybody's workflow, with what happened in it.");
        admin.MapPost("workflows/{id}/revoke", Revoke).WithSummary("Ends anybody's workflow; harmless on an ended one.")
            .Takes(RequestSchemas.End);

        return admin;
    }

    private static async Task<Results<Ok<WorkflowRecordAnswer>, Problem>> Inspect(OperatorWorkflow workflow, ConnectUrl connectUrl) =>
        Answer(await workflow.Ask(each => each.Inspect()), connectUrl);

    private static async Task<Results<Ok<WorkflowRecordAnswer>, Problem>> Revoke(
        OperatorWorkflow workflow, JsonBody<EndRequest> body, ConnectUrl connectUrl, HttpContext http) =>
        body.IsAccepted
            ? Answer(await workflow.Ask(each => each.Revoke(http.Caller.User, body.Value.ReasonDetail)), connectUrl)
            : body.Problem;

    private static Results<Ok<WorkflowRecordAnswer>, Problem> Answer(Outcome<WorkflowRecord> outcome, ConnectUrl connectUrl) =>
        outcome.IsAccepted
            ? TypedResults.Ok(new WorkflowRecordAnswer(outcome.Value, connectUrl))
            : outcome.Refusal.ToProblem();
}
