using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace SessionGrains.Grains.Definitions;

/// <summary>Asks everybody who has a say in a start: the code that is registered, then the definition's own address.</summary>
internal sealed class StartAuthorization(
    IEnumerable<IStartAuthorizer> registered, IHttpClientFactory clients, IConfiguration variables, TimeProvider clock, ILogger<StartAuthorization> logger)
{
    public const string Rule = "authorizer";

    /// <summary>The application's verdict; null when nobody is to be asked. The first no ends the asking.</summary>
    public async ValueTask<RuleVerdict?> Ask(Definition definition, Caller caller, JsonElement inputs, CancellationToken cancellationToken)
    {
        IStartAuthorizer[] authorizers = definition.Authorizer is { } settings
            ? [.. registered, new HttpStartAuthorizer(settings, clients, variables, clock, logger)]
            : [.. registered];
        foreach (var authorizer in authorizers)
        {
            var verdict = await authorizer.Authorize(caller, definition.Name, inputs, cancellationToken);
            if (!verdict.IsAllowed)
            {
                return new(Rule, false, verdict.Reason ?? "The application refused this start.");
            }
        }

        return authorizers.Length == 0 ? null : new(Rule, true, "The application allows this start.");
    }
}
