using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Xunit;

namespace SessionGrains.Network.Tests;

/// <summary>Without TLS a silo stays on its own machine, unless somebody has said otherwise.</summary>
public sealed class PlainTests
{
    [Theory, InlineData("192.0.2.7"), InlineData("2001:db8::7")]
    public async Task A_silo_that_others_could_reach_does_not_start_without_TLS(string address)
    {
        using var silo = ClusterHosts.SiloAt(address, []);

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => silo.StartAsync(TestContext.Current.CancellationToken));

        var said = Assert.Single(refused.Failures);
        Assert.Contains($"would listen on {address} without TLS", said, StringComparison.Ordinal);
        Assert.Contains("SessionGrains:Network:AllowPlain=true", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Neither_does_one_that_tells_others_loopback_and_listens_everywhere()
    {
        var endpoint = new EndpointOptions { AdvertisedIPAddress = IPAddress.Loopback, GatewayListeningEndpoint = new(IPAddress.Any, 30000) };

        Assert.True(new PlainStaysHome(Options.Create(new NetworkOptions())).Validate(null, endpoint).Failed);
    }

    [Fact]
    public void It_may_when_it_is_told_so() => Assert.Empty(Faults("192.0.2.7", new() { ["SessionGrains:Network:AllowPlain"] = "true" }));

    [Fact]
    public void It_may_with_TLS()
    {
        using var authority = new TestAuthority();
        using var files = HostFiles.Of(authority, authority.Issue(TestAuthority.Silo));

        Assert.Empty(Faults("192.0.2.7", files.Settings));
    }

    [Theory, InlineData("127.0.0.1"), InlineData("127.0.0.2"), InlineData("::1")]
    public void Loopback_needs_no_TLS(string address) => Assert.Empty(Faults(address, []));

    [Theory, InlineData("Certificate"), InlineData("Key"), InlineData("Authority")]
    public void Half_of_the_files_is_a_mistake_and_not_a_silo_without_TLS(string missing)
    {
        using var authority = new TestAuthority();
        using var files = HostFiles.Of(authority, authority.Issue(TestAuthority.Silo));
        var settings = files.Settings;
        settings.Remove($"{NetworkOptions.Section}:{missing}");
        settings["SessionGrains:Network:AllowPlain"] = "true";

        Assert.Contains("together, or none of them", Assert.Single(Faults("127.0.0.1", settings)), StringComparison.Ordinal);
    }

    [Fact]
    public void Silos_and_APIs_must_have_different_names() => Assert.Contains(
        "an API could pose as a silo",
        Assert.Single(Faults("127.0.0.1", new() { ["SessionGrains:Network:ApiName"] = "Silo.SessionGrains" })),
        StringComparison.Ordinal);

    [Theory, InlineData("HandshakeTimeout", "00:00:00"), InlineData("HandshakeTimeout", "00:02:00"), InlineData("ReloadEvery", "00:00:00"), InlineData("SiloName", "")]
    public void Values_out_of_bounds_are_refused(string option, string value) =>
        Assert.NotEmpty(Faults("127.0.0.1", new() { [$"{NetworkOptions.Section}:{option}"] = value }));

    /// <summary>What a host says against its settings before it starts anything.</summary>
    private static IEnumerable<string> Faults(string address, Dictionary<string, string?> settings)
    {
        using var silo = ClusterHosts.SiloAt(address, settings);
        try
        {
            _ = silo.Services.GetRequiredService<IOptions<NetworkOptions>>().Value;
            _ = silo.Services.GetRequiredService<IOptions<EndpointOptions>>().Value;
            return [];
        }
        catch (OptionsValidationException refused)
        {
            return refused.Failures;
        }
    }
}
