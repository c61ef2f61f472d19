using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace SessionGrains.Network.Tests;

/// <summary>A real silo's two ports: one for silos, one for APIs.</summary>
public sealed class SiloPortTests : IAsyncLifetime
{
    private readonly TestAuthority authority = new();
    private HostFiles siloFiles = null!;
    private HostFiles apiFiles = null!;
    private IHost silo = null!;
    private int siloPort;
    private int gatewayPort;

    public async ValueTask InitializeAsync()
    {
        siloFiles = HostFiles.Of(authority, authority.Issue(TestAuthority.Silo));
        apiFiles = HostFiles.Of(authority, authority.Issue(TestAuthority.Api, usages: "1.3.6.1.5.5.7.3.2"));
        (silo, siloPort, gatewayPort) = await ClusterHosts.Silo(siloFiles.Settings);
    }

    [Fact]
    public async Task An_API_with_its_certificate_calls_a_grain()
    {
        using var client = await ClusterHosts.Client(gatewayPort, apiFiles.Settings);

        var hosts = await client.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true, TestContext.Current.CancellationToken);

        Assert.Single(hosts);
        await client.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_client_without_a_certificate_reaches_no_grain() =>
        await Assert.ThrowsAnyAsync<Exception>(async () => (await ClusterHosts.Client(gatewayPort, [])).Dispose());

    [Fact]
    public async Task A_client_of_another_authority_reaches_no_grain()
    {
        using var impostor = new TestAuthority();
        using var files = HostFiles.Of(impostor, impostor.Issue(TestAuthority.Api));
        // It would trust the silo, too.
        files.Write(authority.Pem + "\n" + impostor.Pem, impostor.Issue(TestAuthority.Api));

        await Assert.ThrowsAnyAsync<Exception>(async () => (await ClusterHosts.Client(gatewayPort, files.Settings)).Dispose());
    }

    [Fact]
    public async Task An_APIs_certificate_opens_no_silos_port() =>
        Assert.Equal("", await Stranger.Knock(siloPort, authority.Issue(TestAuthority.Api)));

    [Fact]
    public async Task A_silos_certificate_opens_no_gateway() =>
        Assert.Equal("", await Stranger.Knock(gatewayPort, authority.Issue(TestAuthority.Silo)));

    [Fact]
    public async Task Neither_port_listens_to_who_has_no_certificate()
    {
        Assert.Equal("", await Stranger.Knock(siloPort, shown: null));
        Assert.Equal("", await Stranger.Knock(gatewayPort, shown: null));
    }

    public async ValueTask DisposeAsync()
    {
        await silo.StopAsync();
        silo.Dispose();
        siloFiles.Dispose();
        apiFiles.Dispose();
        authority.Dispose();
    }
}
