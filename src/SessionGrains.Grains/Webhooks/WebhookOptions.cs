using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using SessionGrains.Tools;
using SessionGrains.Tools.Webhooks;

namespace SessionGrains.Grains.Webhooks;

/// <summary>Who is told of what happens in workflows. Every silo needs the same.</summary>
public sealed class WebhookOptions
{
    public const string Section = "SessionGrains:Webhooks";

    /// <summary>The endpoints by name: lower-case letters, digits and hyphens, at most 64. Default: none.</summary>
    public Dictionary<string, WebhookEndpoint> Endpoints { get; } = [];

    /// <summary>How long an endpoint may take to answer. Default: 15 seconds; 1 to 60.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How many workflows' webhooks each silo sends at once to one endpoint. Default: 16; 1 to 256.</summary>
    [Range(1, 256)]
    public int AtOnce { get; set; } = 16;
}

/// <summary>One endpoint of the operator's application.</summary>
public sealed class WebhookEndpoint
{
    /// <summary>Where it is: https, or http in a private network that is allowed. No user in it.</summary>
    public string? Url { get; set; }

    /// <summary>Which events it gets. Default: all.</summary>
    public List<string> Events { get; } = [];

    /// <summary>The variable that holds the secret to sign with: <c>whsec_</c> and Base64.</summary>
    public string? SigningSecretEnv { get; set; }

    /// <summary>The variable that holds a second one, while secrets are changed: each webhook is signed with both. Default: none.</summary>
    public string? SecondSigningSecretEnv { get; set; }

    /// <summary>Whether it may be in a private network. Default: no.</summary>
    public bool AllowPrivateNetwork { get; set; }

    /// <summary>Whether it is told of an event.</summary>
    internal bool Gets(string type) => Events.Count is 0 || Events.Contains(type);

    /// <summary>The names of the variables that hold secrets.</summary>
    internal IEnumerable<string> SecretVariables => new[] { SigningSecretEnv, SecondSigningSecretEnv }.OfType<string>();

    /// <summary>Where webhooks go. Secrets are looked up each time.</summary>
    internal WebhookTarget Target(IConfiguration variables) =>
        new(new Uri(Url!), AllowPrivateNetwork, [.. SecretVariables.Select(variable => variables[variable] ?? "")]);
}

[OptionsValidator]
internal sealed partial class WebhookOptionsValidator : IValidateOptions<WebhookOptions>;

/// <summary>A silo does not start with an endpoint that it could not tell anything: each fault by name, and no secret among them.</summary>
internal sealed class WebhookEndpointsAreGood(IConfiguration variables) : IValidateOptions<WebhookOptions>
{
    private const int NameAtMost = 64;

    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        var faults = options.Endpoints
            .SelectMany(endpoint => Faults(endpoint.Key, endpoint.Value).Select(fault => $"{WebhookOptions.Section}:Endpoints:{endpoint.Key}: {fault}"))
            .ToList();
        return faults.Count is 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private IEnumerable<string> Faults(string name, WebhookEndpoint endpoint)
    {
        if (name.Length > NameAtMost || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-'))
        {
            yield return $"An endpoint's name is 1 to {NameAtMost} lower-case letters, digits and hyphens.";
        }

        if (!Uri.TryCreate(endpoint.Url, UriKind.Absolute, out var url) || !(url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps))
        {
            yield return "Url must be an absolute https URL.";
        }
        else if (WebhookUrls.Refuse(url, endpoint.AllowPrivateNetwork) is { } refusal)
        {
            yield return $"Url is refused: {refusal}.";
        }

        foreach (var unknown in endpoint.Events.Where(type => !WebhookTypes.All.Contains(type)))
        {
            yield return $"Events: there is no '{unknown}'; there are {string.Join(", ", WebhookTypes.All)}.";
        }

        if (endpoint.SigningSecretEnv is null)
        {
            yield return "SigningSecretEnv must name the variable that holds the secret to sign with; nothing is sent unsigned.";
        }

        foreach (var variable in endpoint.SecretVariables.Where(variable => !WebhookSignature.IsSecret(variables[variable])))
        {
            yield return $"{variable} holds no signing secret: {WebhookSignature.SecretPrefix} and Base64.";
        }
    }
}
