using System.Net;
using System.Net.Sockets;
using Xunit;

namespace SessionGrains.OpenAI.Tests;

/// <summary>What each fault of OpenAI or of the network counts as, and that nothing is ever asked twice.</summary>
public sealed class FaultTests
{
    private const string RateLimited = """{"endpoint":"ENDPOINT","times":0,"status":429,"code":"rate_limit_exceeded","headers":{"Retry-After":"7"}}""";

    public static TheoryData<int, ProviderFaultKind, bool> Statuses => new()
    {
        { 400, ProviderFaultKind.Rejected, false },
        { 401, ProviderFaultKind.Rejected, false },
        { 403, ProviderFaultKind.Rejected, false },
        { 404, ProviderFaultKind.Rejected, false },
        { 408, ProviderFaultKind.Unavailable, false },
        { 429, ProviderFaultKind.RateLimited, false },
        { 500, ProviderFaultKind.Unavailable, true },
        { 502, ProviderFaultKind.Unavailable, true },
        { 503, ProviderFaultKind.Unavailable, true },
    };

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task A_status_of_a_mint_says_what_kind_of_no_it_is_and_is_asked_for_once(int status, ProviderFaultKind kind, bool mayBeDone)
    {
        await using var lab = await Lab.Start();
        await lab.Fault($$"""{"endpoint":"client_secrets","times":0,"status":{{status}},"code":"some_code"}""");

        Check(await lab.Mint(), status, kind, mayBeDone);

        Assert.Single(await lab.Ledger());
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task A_status_of_a_call_says_what_kind_of_no_it_is_and_is_asked_for_once(int status, ProviderFaultKind kind, bool mayBeDone)
    {
        await using var lab = await Lab.Start();
        await lab.Fault($$"""{"endpoint":"calls","times":0,"status":{{status}},"code":"some_code"}""");

        Check(await lab.Create(), status, kind, mayBeDone);

        Assert.Single(await lab.Ledger());
    }

    [Fact]
    public async Task OpenAIs_own_time_to_wait_is_passed_on_up_to_half_a_minute()
    {
        await using var lab = await Lab.Start();
        await lab.Fault(RateLimited.Replace("ENDPOINT", "client_secrets", StringComparison.Ordinal));
        await lab.Fault(RateLimited.Replace("ENDPOINT", "calls", StringComparison.Ordinal).Replace("\"7\"", "\"3600\"", StringComparison.Ordinal));

        Assert.Equal(TimeSpan.FromSeconds(7), Assert.IsType<Reply<MintedSecret>.Refused>(await lab.Mint()).Fault.RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(30), Assert.IsType<Reply<CreatedCall>.Refused>(await lab.Create()).Fault.RetryAfter);
    }

    // Three deadlines of a second; without them the transport would give up only after half a minute each.
    [Fact(Timeout = 60_000)]
    public async Task A_request_that_hangs_beyond_its_deadline_may_have_been_done_and_is_asked_once()
    {
        await using var lab = await Lab.Start(timeout: TimeSpan.FromSeconds(1));
        await lab.Fault("""{"endpoint":"client_secrets","times":0,"hang":true,"act":true}""");
        await lab.Fault("""{"endpoint":"calls","times":0,"hang":true,"act":true}""");
        await lab.Fault("""{"endpoint":"hangup","times":0,"hang":true}""");

        Assert.Equal("no answer in time", Assert.IsType<Reply<MintedSecret>.Unknown>(await lab.Mint(cancellation: TestContext.Current.CancellationToken)).Fault.Detail);
        Assert.Equal("no answer in time", Assert.IsType<Reply<CreatedCall>.Unknown>(await lab.Create()).Fault.Detail);
        Assert.Equal("no answer in time", Assert.IsType<HangUpReply.Failed>(await lab.HangUp("rtc_x")).Fault.Detail);

        Assert.Single(await lab.Ledger("client_secret.created"));
        Assert.Single(await lab.Ledger("call.created"));
        Assert.Equal(3, (await lab.Ledger("request.hung")).Count);
    }

    [Fact]
    public async Task A_dropped_reply_may_have_been_done_and_is_not_asked_again_also_on_a_warm_connection()
    {
        await using var lab = await Lab.Start();
        await lab.Minted();
        await lab.Fault("""{"endpoint":"client_secrets","times":0,"drop_reply":true}""");
        await lab.Fault("""{"endpoint":"calls","times":0,"drop_reply":true}""");

        Assert.Equal(ProviderFaultKind.Unavailable, Assert.IsType<Reply<MintedSecret>.Unknown>(await lab.Mint()).Fault.Kind);
        Assert.Equal(ProviderFaultKind.Unavailable, Assert.IsType<Reply<CreatedCall>.Unknown>(await lab.Create()).Fault.Kind);

        Assert.Equal(2, (await lab.Ledger("client_secret.created")).Count);
        Assert.Single(await lab.Ledger("call.created"));
    }

    [Fact]
    public async Task A_refused_connection_has_certainly_done_nothing()
    {
        await using var lab = Lab.At($"http://127.0.0.1:{UnusedPort()}/v1");

        Assert.Equal(ProviderFaultKind.Unavailable, Assert.IsType<Reply<MintedSecret>.Refused>(await lab.Mint()).Fault.Kind);
        Assert.Equal(ProviderFaultKind.Unavailable, Assert.IsType<Reply<CreatedCall>.Refused>(await lab.Create()).Fault.Kind);
        Assert.Equal(ProviderFaultKind.Unavailable, Assert.IsType<HangUpReply.Failed>(await lab.HangUp("rtc_x")).Fault.Kind);
    }

    [Fact]
    public async Task A_connection_that_is_not_made_in_time_has_certainly_done_nothing()
    {
        // Nobody takes connections from this one, so the kernel answers no more of them once its queue is full.
        using var deaf = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen(0);
        var address = (IPEndPoint)deaf.LocalEndPoint!;
        using var queued = new TcpClient();
        await queued.ConnectAsync(address, TestContext.Current.CancellationToken);
        await using var lab = Lab.At($"http://{address}/v1");

        Assert.Equal("no answer in time", Assert.IsType<Reply<CreatedCall>.Refused>(await lab.Create()).Fault.Detail);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_has_certainly_done_nothing()
    {
        await using var lab = Lab.At("http://openai.invalid/v1");

        Assert.IsType<Reply<MintedSecret>.Refused>(await lab.Mint());
    }

    private static void Check<T>(Reply<T> reply, int status, ProviderFaultKind kind, bool mayBeDone)
    {
        var fault = mayBeDone ? Assert.IsType<Reply<T>.Unknown>(reply).Fault : Assert.IsType<Reply<T>.Refused>(reply).Fault;
        Assert.Equal((kind, $"status {status}, some_code", null), (fault.Kind, fault.Detail, fault.RetryAfter));
    }

    private static int UnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
