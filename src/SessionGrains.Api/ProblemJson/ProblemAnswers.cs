namespace SessionGrains.Api.ProblemJson;

/// <summary>Turns faults, and bare statuses of the framework, into problems.</summary>
internal sealed class ProblemAnswers(ILogger<ProblemAnswers> logger) : IMiddleware
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer, whatever broke on the way.
            logger.ClientLeft(ProblemDocument.TraceIdOf(context));
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }

            return;
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            await Answer(context, fault);
            return;
        }

        if (IsBareRefusal(context.Response))
        {
            await Problems.OfStatus(context.Response.StatusCode).ExecuteAsync(context);
        }
    }

    private async Task Answer(HttpContext context, Exception fault)
    {
        var problem = FaultProblems.Of(fault);
        if (problem.Kind == Problems.InternalError)
        {
            logger.RequestBroke(fault, ProblemDocument.TraceIdOf(context));
        }
        else
        {
            logger.RequestFailed(problem.Kind.Code, fault.GetType().Name, ProblemDocument.TraceIdOf(context));
        }

        context.Response.Clear();
        await problem.ExecuteAsync(context);
    }

    private static bool IsBareRefusal(HttpResponse response) =>
        response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null };
}
