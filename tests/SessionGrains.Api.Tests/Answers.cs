using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SessionGrains.Api.Tests;

/// <summary>What tests read out of an answer.</summary>
internal static partial class Answers
{
    public static async Task<JsonElement> Json(this HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;

    /// <summary>Reads a problem and holds it to everything that every problem must have.</summary>
    public static async Task<JsonElement> Problem(this HttpResponseMessage response, int status, string code)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode, $"Expected {status} {code}, but got {(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);

        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Equal($"urn:sessiongrains:problem:{code}", problem.GetProperty("type").GetString());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        Assert.Matches(TraceId(), problem.GetProperty("trace_id").GetString());
        Assert.DoesNotContain("SessionGrains.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", text, StringComparison.Ordinal);
        if (response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
        {
            Assert.True(int.Parse(response.Headers.GetValues("Retry-After").Single(), null) >= 1);
        }

        return problem;
    }

    /// <summary>The places that a problem names.</summary>
    public static IEnumerable<string?> Places(this JsonElement problem) =>
        problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("where").GetString());

    [GeneratedRegex("^[0-9a-f]{32}$")]
    private static partial Regex TraceId();
}
