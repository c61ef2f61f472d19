using SessionGrains.OpenAI.Sideband;
using Xunit;

namespace SessionGrains.OpenAI.Tests.Sideband;

/// <summary>How a sideband ends, and what is said about it.</summary>
public sealed class CloseTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hang_up_closes_it_cleanly_and_the_call_is_not_found_after()
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call();
        await using var sideband = await lab.Attach(callId);
        using var ear = new Ear(sideband);

        await lab.Control($"calls/{callId}/end");

        Assert.Equal(CloseKind.Clean, (await ear.UntilOver()).Kind);
        Assert.Equal(1000, (int?)(await lab.Eventually("sideband.detached"))[0]["details"]!["close_code"]);
        Assert.IsType<AttachReply.NotFound>(await lab.Client.AttachAsync(callId, null, Cancellation));
    }

    [Theory]
    [InlineData("""{"code":1000}""", CloseKind.Clean)]
    [InlineData("""{"code":1001,"reason":"rotated"}""", CloseKind.Clean)]
    [InlineData("""{"code":1011,"reason":"oops"}""", CloseKind.Broken)]
    [InlineData("""{}""", CloseKind.Broken)]
    public async Task The_way_it_is_closed_decides_the_kind(string how, CloseKind kind)
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call();
        await using var sideband = await lab.Attach(callId);
        using var ear = new Ear(sideband);

        await lab.Control($"calls/{callId}/sidebands/close", how);

        Assert.Equal(kind, (await ear.UntilOver()).Kind);
        await using var again = await lab.Attach(callId);
    }

    [Fact]
    public async Task After_sixty_minutes_it_is_expired()
    {
        await using var lab = await SidebandLab.Start();
        await using var sideband = await lab.Attach(await lab.Call());
        using var ear = new Ear(sideband);

        await lab.Control("clock", """{"advance_seconds":3601}""");
        var closed = await ear.UntilOver();

        Assert.Equal(CloseKind.Expired, closed.Kind);
        Assert.Contains(ear.Heard, told => told is SidebandEvent.Error { Code: "session_expired" });
    }

    [Fact]
    public async Task Expiry_is_known_by_the_close_alone()
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call();
        await using var sideband = await lab.Attach(callId);
        using var ear = new Ear(sideband);

        await lab.Control($"calls/{callId}/sidebands/close", """{"code":1001,"reason":"Your session hit the maximum duration of 60 minutes."}""");

        Assert.Equal(CloseKind.Expired, (await ear.UntilOver()).Kind);
    }

    [Theory]
    [InlineData(1024 * 1024)]
    [InlineData((1024 * 1024) + 1)]
    [InlineData(8 * 1024 * 1024)]
    public async Task A_message_of_any_length_is_known_by_its_beginning_and_what_follows_is_heard(int length)
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call();
        await using var sideband = await lab.Attach(callId);
        using var ear = new Ear(sideband);
        const string Start = "{\"type\":\"big\",\"pad\":\"";

        await lab.Control($"calls/{callId}/events", Start + new string('x', length - Start.Length - 2) + "\"}");
        await lab.Control($"calls/{callId}/events", """{"type":"small"}""");

        Assert.Equal("big", Assert.IsType<SidebandEvent.Other>(await ear.Until<SidebandEvent>()).Type);
        Assert.Equal("small", Assert.IsType<SidebandEvent.Other>(await ear.Until<SidebandEvent>()).Type);
    }

    [Fact]
    public async Task A_message_that_does_not_end_breaks_it()
    {
        using var peer = new RawPeer();
        await using var lab = SidebandLab.At(peer.BaseUrl);
        await using var sideband = await lab.Attach("rtc_1");
        using var ear = new Ear(sideband);
        await peer.Say(RawPeer.Frame(0x01, "{\"type\":\"endless\",\"pad\":\""u8.ToArray()));
        var piece = RawPeer.Frame(0x00, new byte[65_000]);

        while (!ear.Reading.IsCompleted)
        {
            try
            {
                await peer.Say(piece);
            }
            catch (IOException)
            {
                break;
            }
        }

        Assert.Equal(new SidebandEvent.Closed(CloseKind.Broken, "a message that is too long"), await ear.UntilOver());
    }

    [Fact]
    public async Task Closing_is_polite_and_ends_no_call()
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call();
        await using var sideband = await lab.Attach(callId);
        using var ear = new Ear(sideband);

        await sideband.SendAsync(ClientEvents.SessionUpdate([]), Cancellation);
        await sideband.CloseAsync();

        Assert.Equal(CloseKind.Clean, (await ear.UntilOver()).Kind);
        Assert.Single(await lab.Ledger("session.updated"));
        Assert.Equal(1000, (int?)(await lab.Eventually("sideband.detached"))[0]["details"]!["close_code"]);
        Assert.Empty(await lab.Ledger("call.ended"));
        await using var again = await lab.Attach(callId);
    }

    [Fact]
    public async Task Closing_without_a_reader_and_twice_is_polite_as_well()
    {
        await using var lab = await SidebandLab.Start();
        await using var sideband = await lab.Attach(await lab.Call());

        await sideband.CloseAsync();
        await sideband.CloseAsync();

        Assert.Equal(1000, (int?)(await lab.Eventually("sideband.detached"))[0]["details"]!["close_code"]);
        using var late = new Ear(sideband);
        Assert.Equal(CloseKind.Clean, (await late.UntilOver()).Kind);
        await Assert.ThrowsAsync<SidebandClosedException>(() => sideband.SendAsync(ClientEvents.ResponseCreate(), Cancellation));
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_the_close_is_cut()
    {
        using var peer = new RawPeer();
        await using var lab = SidebandLab.At(peer.BaseUrl);
        await using var sideband = await lab.Attach("rtc_1");
        using var ear = new Ear(sideband);

        await sideband.CloseAsync();

        Assert.Equal(CloseKind.Broken, (await ear.UntilOver()).Kind);
    }

    [Fact]
    public async Task Cancelling_the_reading_cuts_the_sideband_and_not_the_call()
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call();
        await using var sideband = await lab.Attach(callId);
        using var ear = new Ear(sideband);

        ear.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ear.Reading);
        await lab.Eventually("sideband.detached");
        Assert.Empty(await lab.Ledger("call.ended"));
        await Assert.ThrowsAsync<SidebandClosedException>(() => sideband.SendAsync(ClientEvents.ResponseCreate(), Cancellation));
    }

    [Fact]
    public async Task A_peer_that_is_there_no_longer_is_noticed()
    {
        using var peer = new RawPeer();
        await using var lab = SidebandLab.At(
            peer.BaseUrl, options => options.KeepAliveInterval = options.KeepAliveTimeout = TimeSpan.FromSeconds(1));
        await using var sideband = await lab.Attach("rtc_1");
        using var ear = new Ear(sideband);

        Assert.Equal(CloseKind.Broken, (await ear.UntilOver()).Kind);
    }

    [Fact]
    public void A_peer_has_fifteen_seconds_to_answer() =>
        Assert.Equal(
            (TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(15)),
            (new SidebandOptions().KeepAliveInterval, new SidebandOptions().KeepAliveTimeout));
}
