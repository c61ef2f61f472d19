using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using SessionGrains.Tools.Outbound;
using SessionGrains.Tools.Running;

namespace SessionGrains.Tools.WebTools;

/// <summary>Runs tools by an HTTP request to the operator's application.</summary>
internal sealed class WebTool(OutboundHandlers outbound, IConfiguration variables, TimeProvider clock, ILogger<WebTool> logger) : IToolKind
{
    private const int MaxErrorBytes = 16 * 1024;

    public bool Runs(ToolTarget target) => target is ToolTarget.Http;

    public async Task<ToolAttempt> TryAsync(ToolRun run, CancellationToken cancellationToken)
    {
        var target = (ToolTarget.Http)run.Tool.Target;
        if (OutboundHandlers.Refuse(target.Url, target.AllowPrivateNetwork) is { } refusal)
        {
            return CannotRun(run, refusal);
        }

        var secret = target.SigningSecretEnv is { } variable ? variables[variable] : null;
        if (target.SigningSecretEnv is not null && !WebhookSignature.IsSecret(secret))
        {
            // Never unsigned instead.
            return CannotRun(run, $"{target.SigningSecretEnv} holds no signing secret");
        }

        try
        {
            using var message = ToolMessage.Create(run, target, secret, clock.GetUtcNow());
            using var client = new HttpClient(outbound.For(target.AllowPrivateNetwork), disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
            using var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return await ReadAsync(run, response, cancellationToken);
        }
        catch (HttpRequestException refused) when (refused.InnerException is AddressRefusedException)
        {
            return CannotRun(run, refused.InnerException.Message);
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException
            || (lost is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The message may name what the network looks like; the kind is enough.
            var kind = lost is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http ? http.HttpRequestError.ToString() : lost.GetType().Name;
            logger.NoAnswer(run.Request.WorkflowId, run.Request.CallId, run.Tool.Name, kind);
            return new(run.Lost("The tool gave no answer."), IsWorthRepeating: true);
        }
    }

    private static async Task<ToolAttempt> ReadAsync(ToolRun run, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            var output = await ToolOutput.ReadAsync(stream, ToolOutput.Enough(run.Tool.MaxOutputBytes), cancellationToken);
            return new ToolResult.Completed(ToolOutput.Cap(output, run.Tool.MaxOutputBytes), run.Tool.EndsWorkflow);
        }

        var status = (int)response.StatusCode;
        if (status >= 500)
        {
            return new(run.Lost($"The tool answered with status {status}."), IsWorthRepeating: true, After(response));
        }

        var error = ErrorOf(Encoding.UTF8.GetString(await ToolOutput.ReadAsync(stream, MaxErrorBytes, cancellationToken)), status);
        switch (response.StatusCode)
        {
            case HttpStatusCode.TooManyRequests:
                run.TurnedAway();
                return new(run.Lost(error), IsWorthRepeating: true, After(response));
            case HttpStatusCode.Conflict when run.Tool.Effect == ToolEffect.Keyed:
                // Two attempts with one key meet like this while the first one still runs: that one may yet succeed.
                run.TurnedAway();
                return new(run.Lost(error), IsWorthRepeating: run.MayHaveHappened, After(response));
            default:
                // Of an attempt before that nobody heard of it says nothing: it may come from whatever stands before the application.
                run.TurnedAway();
                return run.Lost(error);
        }
    }

    private static string ErrorOf(string body, int status)
    {
        try
        {
            if (JsonElement.Parse(body) is { ValueKind: JsonValueKind.Object } problem
                && problem.TryGetProperty("detail", out var detail) && detail.ValueKind == JsonValueKind.String)
            {
                return ToolOutput.Error(detail.GetString()!);
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // No problem document; its text is the error.
        }

        return string.IsNullOrWhiteSpace(body) || status is >= 300 and < 400 ? $"The tool answered with status {status}." : ToolOutput.Error(body);
    }

    private static TimeSpan? After(HttpResponseMessage response) => response.Headers.RetryAfter?.Delta;

    private ToolAttempt CannotRun(ToolRun run, string reason)
    {
        logger.CannotRun(run.Tool.Name, reason);
        return run.Lost("The tool cannot be reached.");
    }
}
