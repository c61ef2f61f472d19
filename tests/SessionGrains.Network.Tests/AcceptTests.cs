using System.Security.Authentication;
using Xunit;

namespace SessionGrains.Network.Tests;

/// <summary>Who gets in at a port of a silo.</summary>
public sealed class AcceptTests : IDisposable
{
    private readonly TestAuthority authority = new();
    private readonly HostFiles files;

    public AcceptTests() => files = HostFiles.Of(authority, authority.Issue(TestAuthority.Silo));

    [Fact]
    public async Task A_peer_with_the_right_name_from_the_right_authority_is_let_in()
    {
        await using var port = await Open();

        Assert.Equal(Listener.Greeting, await Stranger.Knock(port.Port, authority.Issue(TestAuthority.Silo)));
    }

    [Fact]
    public async Task A_peer_without_a_certificate_is_refused()
    {
        await using var port = await Open();

        Assert.Equal("", await Stranger.Knock(port.Port, shown: null));
    }

    [Fact]
    public async Task A_peer_of_another_authority_is_refused_also_when_that_calls_itself_the_same()
    {
        using var impostor = new TestAuthority();
        await using var port = await Open();

        Assert.Equal("", await Stranger.Knock(port.Port, impostor.Issue(TestAuthority.Silo)));
    }

    [Fact]
    public async Task An_expired_certificate_is_refused()
    {
        await using var port = await Open();

        Assert.Equal("", await Stranger.Knock(port.Port, authority.Issue(TestAuthority.Silo, until: TimeSpan.FromMinutes(-1))));
    }

    [Theory]
    [InlineData(TestAuthority.Api)]
    [InlineData("silo.sessiongrains.example")]
    [InlineData("*.sessiongrains")]
    public async Task A_certificate_of_another_name_is_refused(string name)
    {
        await using var port = await Open();

        Assert.Equal("", await Stranger.Knock(port.Port, authority.Issue(name)));
    }

    [Fact]
    public async Task A_common_name_is_no_name()
    {
        await using var port = await Open();

        Assert.Equal("", await Stranger.Knock(port.Port, authority.Issue(TestAuthority.Silo, asCommonName: true)));
    }

    [Fact]
    public async Task A_certificate_that_is_for_servers_only_is_refused()
    {
        await using var port = await Open();

        Assert.Equal("", await Stranger.Knock(port.Port, authority.Issue(TestAuthority.Silo, usages: "1.3.6.1.5.5.7.3.1")));
    }

    [Fact]
    public async Task What_speaks_without_TLS_is_cut_off()
    {
        await using var port = await Open();

        Assert.Equal("", await Stranger.KnockPlainly(port.Port, "GET / HTTP/1.0\r\n\r\n"u8.ToArray()));
    }

    [Fact]
    public async Task Who_says_nothing_is_cut_off_after_the_handshakes_time_out()
    {
        using var identity = files.Read(HostKind.Silo);
        await using var port = await Listener.Start(files.Tls(identity, handshakeTimeout: TimeSpan.FromSeconds(1)).Accept(TestAuthority.Silo));

        Assert.Equal("", await Stranger.KnockPlainly(port.Port, []));
    }

    [Theory]
#pragma warning disable CA5397, SYSLIB0039 // That they are too old is the point.
    [InlineData(SslProtocols.Tls11, "")]
#pragma warning restore CA5397, SYSLIB0039
    [InlineData(SslProtocols.Tls12, Listener.Greeting)]
    [InlineData(SslProtocols.Tls13, Listener.Greeting)]
    public async Task TLS_is_1_2_or_later(SslProtocols protocol, string heard)
    {
        await using var port = await Open();

        Assert.Equal(heard, await Stranger.Knock(port.Port, authority.Issue(TestAuthority.Silo), protocol));
    }

    [Fact]
    public async Task A_certificate_of_an_authority_under_ours_is_good_together_with_that_ones()
    {
        var (subordinate, pem) = authority.Subordinate();
        using var under = subordinate;
        var own = subordinate.Issue(TestAuthority.Silo);
        files.Write(authority.Pem, own with { Certificate = own.Certificate + "\n" + pem });
        using var identity = files.Read(HostKind.Silo);
        await using var port = await Listener.Start(files.Tls(identity).Accept(TestAuthority.Silo));

        Assert.Equal(Listener.Greeting, await Caller.Call(port.Port, files.Tls(identity).Connect(TestAuthority.Silo)));
    }

    public void Dispose()
    {
        files.Dispose();
        authority.Dispose();
    }

    private async Task<Listener> Open() => await Listener.Start(files.Tls(files.Read(HostKind.Silo)).Accept(TestAuthority.Silo));
}
