using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Workflows;

/// <summary>The Idempotency-Key header, if there is one, or what is wrong with it.</summary>
internal sealed record IdempotencyKey(string? Value, Problem? Problem)
{
    private const string Header = "Idempotency-Key";
    private const int MaxLength = 255;

    public static ValueTask<IdempotencyKey> BindAsync(HttpContext context)
    {
        var values = context.Request.Headers[Header];
        var isGood = values.Count == 0 || (values is [{ Length: >= 1 and <= MaxLength } key] && key.All(c => c is > ' ' and <= '~'));
        return ValueTask.FromResult(isGood
            ? new IdempotencyKey(values.Count == 0 ? null : values[0], null)
            : new IdempotencyKey(null, Problems.Invalid(
                new Fault(Header, $"The header occurs once, with 1 to {MaxLength} visible ASCII characters and no space."))));
    }
}
