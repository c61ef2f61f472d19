using Microsoft.Extensions.Options;

namespace SessionGrains.Api;

/// <summary>Stops a host with an address, an origin or a limit that can never work.</summary>
internal sealed class ApiOptionsValidator : IValidateOptions<ApiOptions>
{
    public ValidateOptionsResult Validate(string? name, ApiOptions options)
    {
        var faults = new List<string>();
        if (options.PublicUrl is { Length: > 0 } publicUrl && !IsPublicUrl(publicUrl))
        {
            faults.Add($"SessionGrains:PublicUrl is '{publicUrl}', but must be an absolute http or https URL without user, query or fragment.");
        }

        for (var i = 0; i < options.Cors.Origins.Count; i++)
        {
            if (options.Cors.Origins[i] is not "" && !IsOrigin(options.Cors.Origins[i]))
            {
                faults.Add($"SessionGrains:Cors:Origins:{i} is '{options.Cors.Origins[i]}', but must be scheme and host as in https://app.example.com, without a path and without a slash at its end.");
            }
        }

        if (options.EventStreamsPerUser is < 1 or > 1000)
        {
            faults.Add($"SessionGrains:EventStreamsPerUser is {options.EventStreamsPerUser}, but must be from 1 to 1000.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static bool IsPublicUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url is { UserInfo: "", Query: "", Fragment: "" };

    private static bool IsOrigin(string text) =>
        IsPublicUrl(text) && string.Equals(new Uri(text).GetLeftPart(UriPartial.Authority), text, StringComparison.OrdinalIgnoreCase);
}
