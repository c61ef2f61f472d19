using System.Text.Json.Nodes;
using SessionGrains.Emulator.Http;
using SessionGrains.Emulator.Ledgers;

namespace SessionGrains.Emulator.Faults;

/// <summary>Lets the planned fault of a request happen around its handler, and records every refusal.</summary>
internal sealed class FaultFilter(Func<HttpContext, string> endpointOf) : IEndpointFilter
{
    private static readonly object FaultKey = new();

    public FaultFilter(string endpoint) : this(_ => endpoint)
    {
    }

    /// <summary>The fault that an accepted socket lives with.</summary>
    public static Fault? Of(HttpContext context) => context.Items[FaultKey] as Fault;

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        var endpoint = endpointOf(context);
        var ledger = context.RequestServices.GetRequiredService<Ledger>();
        var callId = context.Request.RouteValues["callId"] as string ?? context.Request.Query["call_id"].FirstOrDefault();
        var fault = context.RequestServices.GetRequiredService<FaultPlan>().Take(endpoint, callId);

        var result = fault is null ? await next(invocation) : await Happen(fault, endpoint, callId, context, ledger, () => next(invocation));
        if (result is OpenAIError error)
        {
            var details = new JsonObject { ["endpoint"] = endpoint, ["code"] = error.Code, ["param"] = error.Param, ["fault"] = fault is not null };
            await ledger.Record("request.refused", callId, status: error.Status, details: details);
        }

        return result;
    }

    private static async Task<object?> Happen(Fault fault, string endpoint, string? callId, HttpContext context, Ledger ledger, Func<ValueTask<object?>> act)
    {
        context.Items[FaultKey] = fault;
        if (fault.DelayMs > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(fault.DelayMs), TimeProvider.System, context.RequestAborted);
        }

        var isFinal = fault.Hang || fault.Status is not null;
        var result = fault.Act || fault.DropReply || !isFinal ? await act() : null;
        if (fault.Hang)
        {
            await ledger.Record("request.hung", callId, details: new JsonObject { ["endpoint"] = endpoint, ["acted"] = fault.Act });
            await Forever(context);
            return Results.Empty;
        }

        if (fault.DropReply)
        {
            await ledger.Record("reply.dropped", callId, details: new JsonObject { ["endpoint"] = endpoint });
            context.Abort();
            return Results.Empty;
        }

        return fault.Status is { } status ? Refusal(fault, status) : result;
    }

    private static OpenAIError Refusal(Fault fault, int status) => new(
        status,
        fault.Message ?? "The server had an error while processing your request. Sorry about that!",
        fault.Code,
        Type: fault.Type ?? (status == 429 ? "requests" : status >= 500 ? "server_error" : "invalid_request_error"))
    {
        Headers = fault.Headers,
    };

    /// <summary>Waits until the other end gives up, or the emulator stops.</summary>
    private static async Task Forever(HttpContext context)
    {
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var over = new TaskCompletionSource();
        using var givenUp = context.RequestAborted.Register(() => over.TrySetResult());
        using var stopped = stopping.Register(() => over.TrySetResult());
        await over.Task;
        context.Abort();
    }
}
