using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace SessionGrains.Api.Callers;

/// <summary>Stops a host that could not tell anybody's token from a forged one.</summary>
internal sealed class BearerSettingsValidator(IAuthenticationConfigurationProvider configuration) : IValidateOptions<JwtBearerOptions>
{
    public ValidateOptionsResult Validate(string? name, JwtBearerOptions options)
    {
        var settings = BearerSettings.Of(configuration);
        var rules = options.TokenValidationParameters;
        var issuers = Named([.. rules.ValidIssuers ?? [], rules.ValidIssuer]);
        var audiences = Named([.. rules.ValidAudiences ?? [], rules.ValidAudience, options.Audience]);

        List<string> faults = [.. settings.BadKeys.Select(path =>
            $"{path} needs an Issuer, and a Value in base64 of at least {BearerSettings.MinKeyBytes} bytes.")];
        if (audiences.Count == 0)
        {
            faults.Add("Authentication:Schemes:Bearer:ValidAudiences is empty: name at least one audience, so that tokens meant for other services are refused.");
        }

        if (issuers.Count == 0 && !settings.HasAuthority)
        {
            faults.Add("Authentication:Schemes:Bearer names no issuer: set ValidIssuer with SigningKeys, or Authority.");
        }

        faults.AddRange(issuers.Where(issuer => !settings.HasAuthority && settings.KeysOf(issuer).Count == 0).Select(issuer =>
            $"Authentication:Schemes:Bearer:SigningKeys has no key of the issuer '{issuer}': add one, or set Authority."));
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    // An environment variable that is set to nothing names nobody.
    private static List<string> Named(IEnumerable<string?> names) => [.. names.OfType<string>().Where(name => name.Trim() is not "")];
}
