using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SessionGrains.Browser.Tests.Pretended;

/// <summary>One request as the pretended API got it.</summary>
internal sealed record SeenRequest(string Method, string Path, string? Key, string? LastEventId, string Body)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    public override string ToString() => $"{Method} {Path}";
}

/// <summary>What the pretended API does in place of an answer, once.</summary>
/// <param name="Path">The end of the path.</param>
/// <param name="Status">The answer's status; 0 cuts the connection instead.</param>
/// <param name="Act">Whether it does what was asked all the same: a lost reply.</param>
internal sealed record Fault(string Path, int Status, string Code = "", string? RetryAfter = null, bool Act = false);

/// <summary>Requests that wait.</summary>
internal sealed class Pause(string end) : IDisposable
{
    private readonly TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Over => over.Task;

    public bool Covers(string path) => !over.Task.IsCompleted && path.EndsWith(end, StringComparison.Ordinal);

    public void Dispose() => over.TrySetResult();
}

/// <summary>A refusal in the API's own shape.</summary>
internal static class PretendProblem
{
    public static IResult Of(int status, string code, HttpContext http, string? retryAfter = null)
    {
        if (status is 429 or 503)
        {
            http.Response.Headers.RetryAfter = retryAfter ?? "1";
        }

        return Results.Text(
            $$"""{"type":"urn:sessiongrains:problem:{{code}}","title":"{{code}}","status":{{status}},"detail":"{{code}} in detail","code":"{{code}}","trace_id":"0123456789abcdef0123456789abcdef"}""",
            "application/problem+json",
            statusCode: status);
    }
}
