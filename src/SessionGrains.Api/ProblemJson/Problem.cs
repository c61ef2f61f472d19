using System.Collections.Immutable;
using System.Globalization;

namespace SessionGrains.Api.ProblemJson;

/// <summary>A no on its way out: RFC 9457 problem+json with a stable code, the same shape for everything that is not 2xx.</summary>
internal sealed record Problem(ProblemKind Kind, string Detail) : IResult, IStatusCodeHttpResult
{
    /// <summary>The rules or places that failed; empty when the detail says it all.</summary>
    public ImmutableArray<Fault> Faults { get; init; } = [];

    /// <summary>How long to wait before a repeat can succeed, where somebody knows.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public int? StatusCode => Kind.Status;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Kind.Status;
        if (RetryAfter is not null || Kind.IsTemporary)
        {
            response.Headers.RetryAfter = RetrySeconds().ToString(CultureInfo.InvariantCulture);
        }

        if (Kind == Problems.PayloadTooLarge)
        {
            // The rest of the body is never read, so the server drops the connection; a client that kept it would lose its next request.
            response.Headers.Connection = "close";
        }

        // Everything but the fixed members is left out when it is empty, so the declared type has to be the document's own.
        return response.WriteAsJsonAsync(
            ProblemDocument.Of(this, httpContext), options: null, "application/problem+json", httpContext.RequestAborted);
    }

    private int RetrySeconds() => Math.Max(1, (int)Math.Ceiling((RetryAfter ?? ProblemKind.UsualRetryAfter).TotalSeconds));
}

/// <summary>One kind of no: its status, its stable code and its title.</summary>
internal sealed record ProblemKind(int Status, string Code, string Title)
{
    /// <summary>What a client is told when nobody knows better: soon enough for a person, rare enough for us.</summary>
    public static readonly TimeSpan UsualRetryAfter = TimeSpan.FromSeconds(2);

    /// <summary>Whether the same request can succeed later, so that the client must be told when.</summary>
    public bool IsTemporary => Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable;

    public string Type => $"urn:sessiongrains:problem:{Code}";
}
