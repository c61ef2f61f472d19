using System.Net.WebSockets;
using System.Text;

namespace SessionGrains.Emulator.Tests;

/// <summary>The emulator, as a process of its own, carries a thousand sidebands on two cores.</summary>
public sealed class LoadTests(ITestOutputHelper output)
{
    private const int Sidebands = 1000;
    private const int Rounds = 10;

    [Fact]
    public async Task A_thousand_sidebands_with_an_event_a_second_each_are_all_answered()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var emulator = await Standalone.Start(cancellation);
        using var http = new HttpClient();
        var before = emulator.ResidentBytes();
        var sockets = await Task.WhenAll(Enumerable.Range(0, Sidebands).Select(_ => Attach(http, emulator.BaseUrl, cancellation)));
        var attached = emulator.ResidentBytes();

        var latencies = new List<double>();
        var cpu = emulator.ProcessorTime();
        var started = TimeProvider.System.GetTimestamp();
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1), TimeProvider.System);
        for (var round = 0; round < Rounds; round++)
        {
            latencies.AddRange(await Task.WhenAll(sockets.Select(s => RoundTrip(s, round, cancellation))));
            await second.WaitForNextTickAsync(cancellation);
        }

        var wall = TimeProvider.System.GetElapsedTime(started);
        var used = emulator.ProcessorTime() - cpu;
        latencies.Sort();
        output.WriteLine(FormattableString.Invariant(
            $"{Sidebands} sidebands, {latencies.Count} events answered in {wall.TotalSeconds:f1} s; round trip median {latencies[latencies.Count / 2]:f0} ms, p99 {latencies[latencies.Count * 99 / 100]:f0} ms, all sent at once each second"));
        output.WriteLine(FormattableString.Invariant(
            $"emulator: {before / 1048576.0:f0} MiB idle, {attached / 1048576.0:f0} MiB attached, {emulator.ResidentBytes() / 1048576.0:f0} MiB after; {(attached - before) / 1024.0 / Sidebands:f0} KiB a session; {used.TotalSeconds / wall.TotalSeconds:f2} cores"));
        foreach (var socket in sockets)
        {
            socket.Dispose();
        }

        Assert.Equal(Sidebands * Rounds, latencies.Count);
    }

    private static async Task<ClientWebSocket> Attach(HttpClient http, Uri baseUrl, CancellationToken cancellation)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent(Lab.AudioOffer), "sdp" },
            { new StringContent("""{"type":"realtime"}"""), "session" },
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{baseUrl}/realtime/calls") { Content = form };
        request.Headers.Add("Authorization", $"Bearer {Lab.Key}");
        using var response = await http.SendAsync(request, cancellation);
        var callId = response.Headers.Location!.OriginalString.Split('/')[^1];

        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {Lab.Key}");
        await socket.ConnectAsync(new Uri($"ws://{baseUrl.Authority}/v1/realtime?call_id={callId}"), cancellation);
        return socket;
    }

    private static async Task<double> RoundTrip(ClientWebSocket socket, int round, CancellationToken cancellation)
    {
        var started = TimeProvider.System.GetTimestamp();
        var text = $$"""{"type":"session.update","session":{"type":"realtime","instructions":"round {{round}}"} }""";
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, cancellation);
        var buffer = new byte[8192];
        var length = 0;
        ValueWebSocketReceiveResult received;
        do
        {
            received = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation);
            length += received.Count;
        }
        while (!received.EndOfMessage);

        Assert.Contains($"round {round}", Encoding.UTF8.GetString(buffer, 0, length), StringComparison.Ordinal);
        return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
    }
}
