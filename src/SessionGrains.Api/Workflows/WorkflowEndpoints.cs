using Microsoft.AspNetCore.Http.HttpResults;
using SessionGrains.Api.Bodies;
using SessionGrains.Api.Callers;
using SessionGrains.Api.Cluster;
using SessionGrains.Api.OpenApi;
using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Workflows;

/// <summary>A caller's own workflows.</summary>
internal static class WorkflowEndpoints
{
    public static RouteGroupBuilder MapWorkflows(this IEndpointRouteBuilder routes)
    {
        var workflows = routes.MapGroup("/v1/workflows").WithTags("Workflows").RequireAuthorization();

        workflows.MapPost("", Start).WithSummary("Starts a workflow and mints the secret that the browser connects with.")
            .Takes(RequestSchemas.Start).TakesHeader("Idempotency-Key");
        workflows.MapGet("", List).WithSummary("The caller's own live workflows, newest first.").TakesQuery("limit", "after");
        workflows.MapGet("{id}", View).WithSummary("One workflow, also after it ended.");
        workflows.MapPost("{id}/client_secret", RenewSecret).WithSummary("Mints a fresh secret for a reconnect.")
            .Takes(RequestSchemas.Nothing);
        workflows.MapPost("{id}/call", ReportCall).WithSummary("Reports the call that the browser created itself.")
            .Takes(RequestSchemas.CallReport);
        workflows.MapPost("{id}/heartbeat", Heartbeat).WithSummary("Says that the browser is still there.")
            .Takes(RequestSchemas.Nothing);
        workflows.MapPost("{id}/end", End).WithSummary("Ends a workflow; harmless on an ended one.").Takes(RequestSchemas.End);

        return workflows;
    }

    private static async Task<Results<Created<StartedWorkflowAnswer>, Ok<StartedWorkflowAnswer>, Problem>> Start(
        IdempotencyKey key, JsonBody<StartRequest> body, ConnectUrl connectUrl, GrainCalls grains, HttpContext http)
    {
        if (key.Problem is { } badKey)
        {
            return badKey;
        }

        if (!body.IsAccepted)
        {
            return body.Problem;
        }

        var id = WorkflowId.New();
        Newborn.Announce(id);
        var started = await grains.Ask(all =>
            all.Workflow(id).Start(http.Caller, body.Value.With(key.Value), http.RequestAborted));
        if (!started.IsAccepted)
        {
            return started.Refusal.ToProblem();
        }

        var answer = new StartedWorkflowAnswer(started.Value, connectUrl);
        if (started.Value.IsReplay)
        {
            http.Response.Headers["Idempotent-Replayed"] = "true";
            return TypedResults.Ok(answer);
        }

        return TypedResults.Created($"/v1/workflows/{answer.Id}", answer);
    }

    private static async Task<Results<Ok<WorkflowListAnswer>, Problem>> List(
        Page page, ConnectUrl connectUrl, GrainCalls grains, HttpContext http)
    {
        if (page.Problem is { } badPage)
        {
            return badPage;
        }

        var found = await grains.Ask(all => all.WorkflowList.LiveOf(http.Caller.User, page.Limit, page.After));
        return TypedResults.Ok(new WorkflowListAnswer(found, connectUrl));
    }

    private static async Task<Results<Ok<WorkflowAnswer>, Problem>> View(OwnWorkflow own, ConnectUrl connectUrl) =>
        Answer(await own.Ask((workflow, caller) => workflow.View(caller)), connectUrl);

    private static async Task<Results<Ok<StartedWorkflowAnswer>, Problem>> RenewSecret(
        OwnWorkflow own, JsonBody<NothingToSay> body, ConnectUrl connectUrl, CancellationToken cancellationToken)
    {
        if (!body.IsAccepted)
        {
            return await own.OwnershipBefore(body.Problem);
        }

        var renewed = await own.Ask((workflow, caller) => workflow.RenewSecret(caller, cancellationToken));
        return renewed.IsAccepted
            ? TypedResults.Ok(new StartedWorkflowAnswer(renewed.Value, connectUrl))
            : renewed.Refusal.ToProblem();
    }

    private static async Task<Results<Ok<WorkflowAnswer>, Problem>> ReportCall(
        OwnWorkflow own, JsonBody<CallReport> body, ConnectUrl connectUrl) =>
        body.IsAccepted
            ? Answer(await own.Ask((workflow, caller) => workflow.ReportCall(caller, body.Value.CallId)), connectUrl)
            : await own.OwnershipBefore(body.Problem);

    private static async Task<Results<NoContent, Problem>> Heartbeat(OwnWorkflow own, JsonBody<NothingToSay> body)
    {
        if (!body.IsAccepted)
        {
            return await own.OwnershipBefore(body.Problem);
        }

        var beaten = await own.Ask((workflow, caller) => workflow.Heartbeat(caller));
        return beaten.IsAccepted ? TypedResults.NoContent() : beaten.Refusal.ToProblem();
    }

    private static async Task<Results<Ok<WorkflowAnswer>, Problem>> End(
        OwnWorkflow own, JsonBody<EndRequest> body, ConnectUrl connectUrl) =>
        body.IsAccepted
            ? Answer(await own.Ask((workflow, caller) => workflow.End(caller, body.Value.ReasonDetail)), connectUrl)
            : await own.OwnershipBefore(body.Problem);

    private static Results<Ok<WorkflowAnswer>, Problem> Answer(Outcome<WorkflowView> outcome, ConnectUrl connectUrl) =>
        outcome.IsAccepted
            ? TypedResults.Ok(new WorkflowAnswer(outcome.Value, connectUrl))
            : outcome.Refusal.ToProblem();
}
