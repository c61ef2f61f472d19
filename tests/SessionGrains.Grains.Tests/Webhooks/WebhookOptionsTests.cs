using Microsoft.Extensions.Configuration;
using SessionGrains.Grains.Webhooks;
using Xunit;

namespace SessionGrains.Grains.Tests.Webhooks;

/// <summary>A silo does not start with an endpoint that it could not tell anything.</summary>
public sealed class WebhookOptionsTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    [Fact]
    public void A_good_endpoint_is_taken()
    {
        Assert.Empty(Faults("billing", _ => { }));
        Assert.Empty(Faults("billing-2", endpoint => (endpoint.Url, endpoint.AllowPrivateNetwork) = ("http://10.0.0.7:8080/hooks", true)));
        Assert.Empty(Faults("billing", endpoint => endpoint.SecondSigningSecretEnv = "OTHER"));
        Assert.Empty(Faults("billing", endpoint => endpoint.Events.Add("workflow.ended")));
    }

    [Fact]
    public void Each_fault_is_named_with_its_place()
    {
        Assert.Contains("SessionGrains:Webhooks:Endpoints:Billing: An endpoint's name", Assert.Single(Faults("Billing", _ => { })), StringComparison.Ordinal);
        Assert.Contains("Url must be", Assert.Single(Faults("billing", endpoint => endpoint.Url = null)), StringComparison.Ordinal);
        Assert.Contains("Url must be", Assert.Single(Faults("billing", endpoint => endpoint.Url = "/hooks")), StringComparison.Ordinal);
        Assert.Contains("Url must be", Assert.Single(Faults("billing", endpoint => endpoint.Url = "ftp://example.com/")), StringComparison.Ordinal);
        Assert.Contains("not encrypted", Assert.Single(Faults("billing", endpoint => endpoint.Url = "http://example.com/")), StringComparison.Ordinal);
        Assert.Contains("holds a user", Assert.Single(Faults("billing", endpoint => endpoint.Url = "https://ada:p@example.com/")), StringComparison.Ordinal);
        Assert.Contains("no 'workflow.begun'", Assert.Single(Faults("billing", endpoint => endpoint.Events.Add("workflow.begun"))), StringComparison.Ordinal);
        Assert.Contains("nothing is sent unsigned", Assert.Single(Faults("billing", endpoint => endpoint.SigningSecretEnv = null)), StringComparison.Ordinal);
    }

    [Theory, InlineData("MISSING"), InlineData("BAD")]
    public void A_variable_without_a_signing_secret_is_named_and_not_quoted(string variable)
    {
        foreach (var fault in Faults("billing", endpoint => endpoint.SigningSecretEnv = variable).Concat(Faults("billing", endpoint => endpoint.SecondSigningSecretEnv = variable)))
        {
            Assert.Contains($"{variable} holds no signing secret", fault, StringComparison.Ordinal);
            Assert.DoesNotContain("canary", fault, StringComparison.Ordinal);
        }

        Assert.Single(Faults("billing", endpoint => endpoint.SigningSecretEnv = variable));
        Assert.Single(Faults("billing", endpoint => endpoint.SecondSigningSecretEnv = variable));
    }

    [Theory]
    [InlineData("Timeout", "00:00:00")]
    [InlineData("Timeout", "00:02:00")]
    [InlineData("AtOnce", "0")]
    [InlineData("AtOnce", "1000")]
    public void Bounds_are_kept(string option, string value)
    {
        var options = new WebhookOptions();
        new ConfigurationBuilder().AddInMemoryCollection([new(option, value)]).Build().Bind(options);

        Assert.True(new WebhookOptionsValidator().Validate(null, options).Failed);
    }

    private static IEnumerable<string> Faults(string name, Action<WebhookEndpoint> change)
    {
        var endpoint = new WebhookEndpoint { Url = "https://example.com/hooks", SigningSecretEnv = "SECRET" };
        change(endpoint);
        var options = new WebhookOptions();
        options.Endpoints.Add(name, endpoint);
        var variables = new ConfigurationBuilder().AddInMemoryCollection([new("SECRET", Secret), new("OTHER", Secret), new("BAD", "canary")]).Build();
        return new WebhookEndpointsAreGood(variables).Validate(null, options).Failures ?? [];
    }
}
