using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Xunit;

namespace SessionGrains.Network.Tests;

/// <summary>Whom a host talks to when it is the one that calls.</summary>
public sealed class ConnectTests : IDisposable
{
    private readonly TestAuthority authority = new();
    private readonly HostFiles api;

    public ConnectTests() => api = HostFiles.Of(authority, authority.Issue(TestAuthority.Api, usages: "1.3.6.1.5.5.7.3.2"));

    [Fact]
    public async Task An_API_talks_to_a_silo()
    {
        using var silo = HostFiles.Of(authority, authority.Issue(TestAuthority.Silo));
        using var identity = silo.Read(HostKind.Silo);
        await using var port = await Listener.Start(silo.Tls(identity).Accept(TestAuthority.Api));

        Assert.Equal(Listener.Greeting, await Call(port));
    }

    [Fact]
    public async Task An_API_does_not_talk_to_who_has_only_an_APIs_certificate()
    {
        await using var port = await Pose(authority.Issue(TestAuthority.Api));

        Assert.Equal("", await Call(port));
    }

    [Fact]
    public async Task An_API_does_not_talk_to_a_silo_of_another_authority()
    {
        using var impostor = new TestAuthority();
        await using var port = await Pose(impostor.Issue(TestAuthority.Silo));

        Assert.Equal("", await Call(port));
    }

    [Fact]
    public async Task An_API_does_not_talk_to_a_silo_whose_certificate_is_over()
    {
        await using var port = await Pose(authority.Issue(TestAuthority.Silo, until: TimeSpan.FromMinutes(-1)));

        Assert.Equal("", await Call(port));
    }

    public void Dispose()
    {
        api.Dispose();
        authority.Dispose();
    }

    /// <summary>A port that shows any certificate and takes everybody.</summary>
    private static Task<Listener> Pose(Issued shown) => Listener.Start(connection => connection.UseHttps(shown.WithKey(), https =>
    {
        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
        https.AllowAnyClientCertificate();
        https.OnAuthenticate = (_, ssl) => ssl.ApplicationProtocols = null;
    }));

    private async Task<string> Call(Listener port)
    {
        using var identity = api.Read(HostKind.Api);
        return await Caller.Call(port.Port, api.Tls(identity).Connect(TestAuthority.Silo));
    }
}
