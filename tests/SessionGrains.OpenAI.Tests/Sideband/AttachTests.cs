using SessionGrains.OpenAI.Sideband;
using Xunit;

namespace SessionGrains.OpenAI.Tests.Sideband;

/// <summary>One attempt to attach, and every way in which it is refused.</summary>
public sealed class AttachTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_is_attached_to_with_the_servers_key()
    {
        await using var lab = await SidebandLab.Start();

        await using var sideband = await lab.Attach(await lab.Call());

        Assert.Single(await lab.Ledger("sideband.attached"));
    }

    [Fact]
    public async Task A_call_that_a_browser_made_is_attached_to_with_its_own_secret_only()
    {
        await using var lab = await SidebandLab.Start();
        var (callId, secret) = await lab.BrowserCall();

        Assert.IsType<AttachReply.NotFound>(await lab.Client.AttachAsync(callId, null, Cancellation));
        await using var sideband = await lab.Attach(callId, secret);
    }

    [Fact]
    public async Task A_key_of_the_same_project_attaches_where_OpenAI_lets_it()
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call(key: "sk-other");

        Assert.IsType<AttachReply.NotFound>(await lab.Client.AttachAsync(callId, null, Cancellation));
        await lab.Control("settings", """{"sideband_keys":"any_project"}""");
        await using var sideband = await lab.Attach(callId);
    }

    [Fact]
    public async Task A_call_that_OpenAI_does_not_know_is_not_found()
    {
        await using var lab = await SidebandLab.Start();

        Assert.IsType<AttachReply.NotFound>(await lab.Client.AttachAsync("rtc_u1_nobody", null, Cancellation));
    }

    [Theory]
    [InlineData("""{"endpoint":"sideband","status":404}""", true)]
    [InlineData("""{"endpoint":"sideband","status":400,"code":"call_id_not_found"}""", true)]
    [InlineData("""{"endpoint":"sideband","status":400,"code":"invalid_value"}""", false)]
    [InlineData("""{"endpoint":"sideband","status":410,"code":"call_id_not_found"}""", false)]
    public async Task Not_found_is_404_or_400_with_its_code(string fault, bool isNotFound)
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call();
        await lab.Control("faults", fault);

        var reply = await lab.Client.AttachAsync(callId, null, Cancellation);

        Assert.Equal(isNotFound, reply is AttachReply.NotFound);
    }

    [Fact]
    public async Task A_call_that_is_not_attachable_yet_is_not_found_until_it_is()
    {
        await using var lab = await SidebandLab.Start();
        await lab.Control("settings", """{"attach_404_seconds":5}""");
        var callId = await lab.Call();

        Assert.IsType<AttachReply.NotFound>(await lab.Client.AttachAsync(callId, null, Cancellation));
        await lab.Control("clock", """{"advance_seconds":6}""");
        await using var sideband = await lab.Attach(callId);
    }

    [Fact]
    public async Task A_wrong_key_is_rejected_with_OpenAIs_code()
    {
        await using var lab = await SidebandLab.Start(key: "sk-wrong");

        var fault = await lab.FailToAttach(await lab.Call());

        Assert.Equal(ProviderFaultKind.Rejected, fault.Kind);
        Assert.Equal("status 401, invalid_api_key", fault.Detail);
    }

    [Theory]
    [InlineData("""{"endpoint":"sideband","status":503}""", ProviderFaultKind.Unavailable)]
    [InlineData("""{"endpoint":"sideband","status":429,"code":"rate_limit_exceeded","headers":{"Retry-After":"2"}}""", ProviderFaultKind.RateLimited)]
    public async Task What_OpenAI_answers_decides_the_kind_of_fault(string fault, ProviderFaultKind kind)
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call();
        await lab.Control("faults", fault);

        var failed = await lab.FailToAttach(callId);

        Assert.Equal(kind, failed.Kind);
        Assert.Equal(kind is ProviderFaultKind.RateLimited ? TimeSpan.FromSeconds(2) : null, failed.RetryAfter);
    }

    [Fact]
    public async Task An_attempt_without_an_answer_ends_in_time()
    {
        using var peer = new RawPeer(answer: "");
        await using var lab = SidebandLab.At(peer.BaseUrl, options => options.AttachTimeout = TimeSpan.FromSeconds(1));

        var fault = await lab.FailToAttach("rtc_1").WaitAsync(TimeSpan.FromSeconds(10), Cancellation);

        Assert.Equal("no answer in time", fault.Detail);
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: wrong\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 10000000\r\n\r\nlong")]
    [InlineData("nonsense\r\n\r\n")]
    public async Task An_odd_answer_is_a_fault_and_no_exception(string answer)
    {
        using var peer = new RawPeer(answer);
        await using var lab = SidebandLab.At(peer.BaseUrl, options => options.AttachTimeout = TimeSpan.FromSeconds(2));

        await lab.FailToAttach("rtc_1");
    }

    [Fact]
    public async Task A_closed_door_is_unavailable()
    {
        await using var lab = SidebandLab.At("http://127.0.0.1:1/v1");

        Assert.Equal(ProviderFaultKind.Unavailable, (await lab.FailToAttach("rtc_1")).Kind);
    }

    [Fact]
    public async Task The_caller_may_give_up()
    {
        using var peer = new RawPeer(answer: "");
        await using var lab = SidebandLab.At(peer.BaseUrl);
        using var giveUp = new CancellationTokenSource();

        var attaching = lab.Client.AttachAsync("rtc_1", null, giveUp.Token);
        await peer.Serving;
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attaching);
    }

    [Fact]
    public async Task The_call_id_is_escaped_and_never_left_out()
    {
        using var peer = new RawPeer();
        await using var lab = SidebandLab.At(peer.BaseUrl);

        await Assert.ThrowsAsync<ArgumentException>(() => lab.Client.AttachAsync("", null, Cancellation));
        await using var sideband = await lab.Attach("rtc_1&model=x", "ek_own");

        var head = await peer.Serving;
        Assert.StartsWith("GET /v1/realtime?call_id=rtc_1%26model%3Dx HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nAuthorization: Bearer ek_own\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_secret_and_nothing_said_is_logged()
    {
        await using var lab = await SidebandLab.Start();
        var (callId, secret) = await lab.BrowserCall();
        await lab.Control("faults", """{"endpoint":"sideband","status":500,"message":"CANARY"}""");
        await lab.FailToAttach(callId, secret);
        await using var sideband = await lab.Attach(callId, secret);
        using var ear = new Ear(sideband);
        await sideband.SendAsync(ClientEvents.SessionUpdate(new() { ["instructions"] = "CANARY" }), Cancellation);
        await ear.Until<SidebandEvent.SessionUpdated>();
        await lab.Control($"calls/{callId}/sidebands/close", """{"code":1001,"reason":"CANARY"}""");
        await ear.UntilOver();

        Assert.Contains(callId, lab.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, lab.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(SidebandLab.Key, lab.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("CANARY", lab.Log.Text, StringComparison.Ordinal);
    }
}
