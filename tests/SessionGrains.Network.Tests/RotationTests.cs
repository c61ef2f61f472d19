using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace SessionGrains.Network.Tests;

/// <summary>Certificates change without a restart, and a slip of the hand takes no silo down.</summary>
public sealed class RotationTests : IDisposable
{
    private readonly TestAuthority authority = new();
    private readonly HostFiles files;
    private readonly Kept log = new();

    public RotationTests() => files = HostFiles.Of(authority, authority.Issue(TestAuthority.Silo));

    [Fact]
    public async Task A_new_certificate_is_shown_to_new_peers_without_a_restart()
    {
        using var identity = files.Read(HostKind.Silo);
        await using var port = await Listener.Start(files.Tls(identity).Accept(TestAuthority.Silo));
        var renewed = authority.Issue(TestAuthority.Silo);

        var before = await Shown(port);
        files.Write(authority.Pem, renewed);
        identity.Reload();

        Assert.NotEqual(before, await Shown(port));
        Assert.Equal(renewed.WithKey().Thumbprint, await Shown(port));
    }

    [Fact]
    public async Task A_new_authority_lets_its_peers_in_and_the_old_ones_out()
    {
        using var next = new TestAuthority("CN=next");
        using var identity = files.Read(HostKind.Silo);
        await using var port = await Listener.Start(files.Tls(identity).Accept(TestAuthority.Silo));
        var (old, young) = (authority.Issue(TestAuthority.Silo), next.Issue(TestAuthority.Silo));

        Assert.Equal("", await Stranger.Knock(port.Port, young));

        files.Write(authority.Pem + "\n" + next.Pem, young);
        identity.Reload();
        Assert.Equal(Listener.Greeting, await Stranger.Knock(port.Port, old));
        Assert.Equal(Listener.Greeting, await Stranger.Knock(port.Port, young));

        files.Write(next.Pem, young);
        identity.Reload();
        Assert.Equal("", await Stranger.Knock(port.Port, old));
        Assert.Equal(Listener.Greeting, await Stranger.Knock(port.Port, young));
    }

    public static TheoryData<string> Broken => ["half", "empty", "another key", "another name", "over", "foreign", "gone"];

    [Theory, MemberData(nameof(Broken))]
    public async Task Files_that_are_no_good_keep_the_ones_before_and_say_so(string how)
    {
        using var identity = files.Read(HostKind.Silo, log);
        await using var port = await Listener.Start(files.Tls(identity).Accept(TestAuthority.Silo));
        var before = await Shown(port);

        Break(how);
        identity.Reload();

        Assert.Equal(before, await Shown(port));
        Assert.Contains(log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("stay in use", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Contains("PRIVATE KEY", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Broken))]
    public void With_files_that_are_no_good_a_host_does_not_start(string how)
    {
        Break(how);

        var refused = Assert.Throws<OptionsValidationException>(() => files.Read(HostKind.Silo));

        Assert.StartsWith("SessionGrains:Network: Certificate, Key and Authority are no good", Assert.Single(refused.Failures), StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE KEY", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_API_needs_no_certificate_for_servers_and_a_silo_does()
    {
        var own = authority.Issue(TestAuthority.Api, usages: "1.3.6.1.5.5.7.3.2");
        files.Write(authority.Pem, own);
        using var read = files.Read(HostKind.Api);

        files.Write(authority.Pem, authority.Issue(TestAuthority.Silo, usages: "1.3.6.1.5.5.7.3.2"));
        Assert.Throws<OptionsValidationException>(() => files.Read(HostKind.Silo));
    }

    [Fact]
    public async Task The_files_are_looked_at_by_the_clock()
    {
        var clock = new FakeTimeProvider();
        using var identity = files.Read(HostKind.Silo, log, clock);
        var before = identity.Current;
        await identity.StartAsync(TestContext.Current.CancellationToken);

        files.Write(authority.Pem, authority.Issue(TestAuthority.Silo));
        Assert.Same(before, identity.Current);
        var changed = log.Next();
        // It is not said when it has begun to look at its clock.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!changed.IsCompleted)
        {
            clock.Advance(files.Options.ReloadEvery);
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.NotSame(before, identity.Current);
        await identity.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Files_that_are_as_they_were_change_nothing()
    {
        using var identity = files.Read(HostKind.Silo, log);
        var before = identity.Current;

        identity.Reload();

        Assert.Same(before, identity.Current);
        Assert.Single(log.Lines);
    }

    public void Dispose()
    {
        files.Dispose();
        authority.Dispose();
    }

    private void Break(string how)
    {
        var good = authority.Issue(TestAuthority.Silo);
        switch (how)
        {
            case "half":
                files.WriteCertificate(good.Certificate[..(good.Certificate.Length / 2)]);
                break;
            case "empty":
                files.WriteCertificate("");
                break;
            case "another key":
                files.WriteCertificate(good.Certificate);
                break;
            case "another name":
                files.Write(authority.Pem, authority.Issue(TestAuthority.Api));
                break;
            case "over":
                files.Write(authority.Pem, authority.Issue(TestAuthority.Silo, until: TimeSpan.FromMinutes(-1)));
                break;
            case "foreign":
                using (var impostor = new TestAuthority())
                {
                    files.Write(authority.Pem, impostor.Issue(TestAuthority.Silo));
                }

                break;
            default:
                File.Delete(files.Options.Key!);
                break;
        }
    }

    private async Task<string> Shown(Listener port)
    {
        var seen = "";
        Assert.Equal(Listener.Greeting, await Stranger.Knock(port.Port, authority.Issue(TestAuthority.Silo), see: certificate => seen = certificate.Thumbprint));
        return seen;
    }

    /// <summary>Keeps what is logged.</summary>
    private sealed class Kept : ILogger<IdentityFiles>
    {
        private TaskCompletionSource next = new();

        public List<string> Lines { get; } = [];

        public Task Next() => (next = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Lines.Add($"{logLevel} {formatter(state, exception)} {exception}");
            next.TrySetResult();
        }
    }
}
