using Microsoft.AspNetCore.Http.HttpResults;
using SessionGrains.Api.Bodies;
using SessionGrains.Api.Callers;
using SessionGrains.Api.Cluster;
using SessionGrains.Api.OpenApi;
using SessionGrains.Api.ProblemJson;
using SessionGrains.Api.ToolCalls;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.Admin;

/// <summary>What operators see and do, with everybody's workflows.</summary>
internal static class AdminEndpoints
{
    private static readonly string[] Filters = ["owner", "tenant", "definition", "limit", "after"];

    public static RouteGroupBuilder MapAdmin(this IEndpointRouteBuilder routes)
    {
        var admin = routes.MapGroup("/v1/admin").WithTags("Operators").RequireAuthorization(Operators.Policy);

        admin.MapGet("workflows", List).WithSummary("Anybody's workflows, live and ended, newest first.").TakesQuery(["status", .. Filters])
            .AddEndpointFilter<RouteHandlerBuilder, Watch>();
        admin.MapGet("workflows/{id}", Inspect).WithSummary("Anybody's workflow, with what happened in it.")
            .AddEndpointFilter<RouteHandlerBuilder, Watch>();
        admin.MapPost("workflows/{id}/revoke", Revoke).WithSummary("Ends anybody's workflow; harmless on an ended one.")
            .Takes(RequestSchemas.End);
        admin.MapPost("workflows/{id}/tool_calls/{call_id}/approval", ToolCallEndpoints.Decide)
            .WithSummary("Says yes or no to a tool call that waits for an operator.").Takes(RequestSchemas.Approval);
        admin.MapPost("revocations", RevokeAll).WithSummary("Ends every live workflow that matches, and refuses new ones for a while if asked to.")
            .Takes(RequestSchemas.Revocation);
        admin.MapGet("blocks", Blocks).WithSummary("What may not start now, and until when.");
        admin.MapPost("blocks/lift", Lift).WithSummary("Lets again start what was blocked.").Takes(RequestSchemas.Lift);
        admin.MapGet("definitions", Definitions).WithSummary("The definitions that can be started now.");
        admin.MapPost("definitions/{name}/evaluate", Evaluate).WithSummary("Says rule by rule what would become of a start, and starts nothing.")
            .Takes(RequestSchemas.Evaluate);
        admin.MapGet("audit", Audit).WithSummary("What happened in workflows that are over, and what operators did, newest first; all of it as NDJSON.")
            .TakesQuery(["workflow", .. Filters]);
        admin.MapGet("cluster", Cluster).WithSummary("The silos, and what each of them holds.")
            .AddEndpointFilter<RouteHandlerBuilder, Watch>();
        admin.MapPost("cluster/silos/{silo}/drain", Drain).WithSummary("Takes a silo out of service: it hands over what it holds, and its process ends.")
            .Takes(RequestSchemas.End);
        admin.MapGet("webhooks/deliveries", Webhooks).WithSummary("What webhook endpoints were told or are to be told, newest first.")
            .TakesQuery(["status", "endpoint", "workflow", "limit", "after"])
            .AddEndpointFilter<RouteHandlerBuilder, Watch>();
        admin.MapPost("webhooks/deliveries/{delivery}/redeliver", Redeliver).WithSummary("Delivers a webhook once more, with the id that it has.")
            .Takes(RequestSchemas.End);

        return admin;
    }

    private static async Task<Results<Ok<ListAnswer<ListedWorkflowAnswer>>, Problem>> List(AdminQuery query, ConnectUrl connectUrl, GrainCalls grains)
    {
        if (query.Problem is { } bad)
        {
            return bad;
        }

        var page = await grains.Ask(all => all.Operations.Workflows(query.Filter, query.Page.Limit, query.Page.After));
        return TypedResults.Ok(new ListAnswer<ListedWorkflowAnswer>(page.Workflows.Select(record => new ListedWorkflowAnswer(record, connectUrl)), page.Next)
        {
            Silent = page.Silent is { IsDefaultOrEmpty: false } silent ? silent : null,
        });
    }

    private static async Task<Results<Ok<WorkflowRecordAnswer>, Problem>> Inspect(OperatorWorkflow workflow, ConnectUrl connectUrl) =>
        Answer(await workflow.Ask(each => each.Inspect()), connectUrl);

    private static async Task<Results<Ok<WorkflowRecordAnswer>, Problem>> Revoke(
        OperatorWorkflow workflow, JsonBody<EndRequest> body, ConnectUrl connectUrl, HttpContext http) =>
        body.IsAccepted
            ? Answer(await workflow.Ask(each => each.Revoke(http.Caller.User, body.Value.ReasonDetail)), connectUrl)
            : body.Problem;

    private static async Task<Results<Ok<RevocationAnswer>, Problem>> RevokeAll(JsonBody<RevocationRequest> body, GrainCalls grains, HttpContext http)
    {
        if (!body.IsAccepted)
        {
            return body.Problem;
        }

        var order = new Revocation(http.Caller.User, body.Value.Target, body.Value.BlockFor, body.Value.ReasonDetail);
        return TypedResults.Ok(new RevocationAnswer(await grains.Ask(all => all.Operations.Revoke(order))));
    }

    private static async Task<Ok<ListAnswer<BlockAnswer>>> Blocks(GrainCalls grains)
    {
        var blocks = await grains.Ask(all => all.Operations.Blocks());
        return TypedResults.Ok(new ListAnswer<BlockAnswer>(blocks.Select(block => new BlockAnswer(block)), null));
    }

    private static async Task<Results<NoContent, Problem>> Lift(JsonBody<LiftRequest> body, GrainCalls grains, HttpContext http)
    {
        if (!body.IsAccepted)
        {
            return body.Problem;
        }

        return await grains.Ask(all => all.Operations.Lift(http.Caller.User, body.Value.Target))
            ? TypedResults.NoContent()
            : new Problem(Problems.NotFound, "No such block stands.");
    }

    private static async Task<Ok<ListAnswer<DefinitionAnswer>>> Definitions(GrainCalls grains)
    {
        var definitions = await grains.Ask(all => all.Operations.Definitions());
        return TypedResults.Ok(new ListAnswer<DefinitionAnswer>(definitions.Select(definition => new DefinitionAnswer(definition)), null));
    }

    private static async Task<Results<Ok<EvaluationAnswer>, Problem>> Evaluate(
        string name, JsonBody<EvaluateRequest> body, GrainCalls grains, HttpContext http)
    {
        if (!body.IsAccepted)
        {
            return body.Problem;
        }

        var outcome = await grains.Ask(all => all.Operations.Evaluate(name, body.Value.For(http.Caller.User)));
        return outcome.IsAccepted ? TypedResults.Ok(new EvaluationAnswer(outcome.Value)) : outcome.Refusal.ToProblem();
    }

    private static async Task<Results<Ok<ListAnswer<AuditAnswer>>, AuditExport, Problem>> Audit(AdminQuery query, GrainCalls grains, HttpContext http)
    {
        if (query.Problem is { } bad)
        {
            return bad;
        }

        var isExport = AuditExport.IsWanted(http.Request);
        var page = await grains.Ask(all => all.Operations.Audit(query.Question, isExport ? Page.MaxLimit : query.Page.Limit, query.Page.After));
        return isExport
            ? new AuditExport(page, query.Question, grains)
            : TypedResults.Ok(new ListAnswer<AuditAnswer>(page.Events.Select(entry => new AuditAnswer(entry)), page.Next));
    }

    private static async Task<Ok<ListAnswer<SiloAnswer>>> Cluster(GrainCalls grains)
    {
        var silos = await grains.Ask(all => all.Operations.Cluster());
        return TypedResults.Ok(new ListAnswer<SiloAnswer>(silos.Select(silo => new SiloAnswer(silo)), null));
    }

    private static async Task<Results<Ok<SiloAnswer>, Problem>> Drain(string silo, JsonBody<EndRequest> body, GrainCalls grains, HttpContext http)
    {
        if (!body.IsAccepted)
        {
            return body.Problem;
        }

        return await grains.Ask(all => all.Operations.Drain(http.Caller.User, silo, body.Value.ReasonDetail)) is { } summary
            ? TypedResults.Ok(new SiloAnswer(summary))
            : new Problem(Problems.NotFound, "There is no such silo.");
    }

    private static async Task<Results<Ok<ListAnswer<WebhookDeliveryAnswer>>, Problem>> Webhooks(WebhookQuery query, GrainCalls grains)
    {
        if (query.Problem is { } bad)
        {
            return bad;
        }

        var page = await grains.Ask(all => all.Operations.Webhooks(query.Question, query.Page.Limit, query.Page.After));
        return TypedResults.Ok(new ListAnswer<WebhookDeliveryAnswer>(page.Deliveries.Select(each => new WebhookDeliveryAnswer(each)), page.Next));
    }

    private static async Task<Results<Ok<WebhookDeliveryAnswer>, Problem>> Redeliver(
        string delivery, JsonBody<EndRequest> body, GrainCalls grains, HttpContext http)
    {
        if (!body.IsAccepted)
        {
            return body.Problem;
        }

        return await grains.Ask(all => all.Operations.Redeliver(http.Caller.User, delivery, body.Value.ReasonDetail)) is { } redelivered
            ? TypedResults.Ok(new WebhookDeliveryAnswer(redelivered))
            : new Problem(Problems.NotFound, "There is no such webhook.");
    }

    private static Results<Ok<WorkflowRecordAnswer>, Problem> Answer(Outcome<WorkflowRecord> outcome, ConnectUrl connectUrl) =>
        outcome.IsAccepted
            ? TypedResults.Ok(new WorkflowRecordAnswer(outcome.Value, connectUrl))
            : outcome.Refusal.ToProblem();
}
