using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json.Serialization;
using SessionGrains.Api.RealtimeCalls;

namespace SessionGrains.Api.ProblemJson;

/// <summary>The JSON of a problem.</summary>
internal sealed record ProblemDocument(string Type, string Title, int Status, string Detail, string Code, string TraceId)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<Fault>? Errors { get; init; }

    /// <summary>The same list under the name that fits a refusal of the definition.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<Fault>? Rules { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OpenAIError? Error { get; init; }

    public static ProblemDocument Of(Problem problem, HttpContext http)
    {
        var kind = problem.Kind;
        ImmutableArray<Fault>? faults = problem.Faults.IsDefaultOrEmpty ? null : problem.Faults;
        return new(kind.Type, kind.Title, kind.Status, problem.Detail, kind.Code, TraceIdOf(http))
        {
            Errors = faults,
            Rules = kind == Problems.Forbidden ? faults : null,
            Error = RealtimeCallEndpoints.Answers(http) ? new(problem.Detail, kind.Code) : null,
        };
    }

    /// <summary>The id under which the log and the traces know this request.</summary>
    public static string TraceIdOf(HttpContext http) => Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;
}

/// <summary>The member that OpenAI's browser client shows to its developer.</summary>
internal sealed record OpenAIError(string Message, string Code)
{
    public string Type { get; } = "invalid_request_error";

    public string? Param { get; }
}
