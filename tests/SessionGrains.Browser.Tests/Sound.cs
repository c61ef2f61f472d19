using System.Text.Json;
using Microsoft.Playwright;

namespace SessionGrains.Browser.Tests;

/// <summary>What the two ends of a call say of it: their own counts of sound, and which of them closed it.</summary>
internal sealed class Sound(IPage page, Func<IFrame> peer)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Has every page and frame of a context keep its connections, and in which order they were closed from where.</summary>
    public static Task Watch(IBrowserContext context) => context.AddInitScriptAsync("""
        const Plain = window.RTCPeerConnection;
        window.connections = [];
        window.closings = [];
        window.RTCPeerConnection = class extends Plain {
          constructor(...args) { super(...args); window.connections.push(this); window.connection = this; }
          // The first sign that the other end has gone; this page's own close comes before any such sign.
          wentAway() { if (!this.isGone) { this.isGone = true; window.closings.push('the other end'); } }
          createDataChannel(...args) {
            const channel = super.createDataChannel(...args);
            channel.addEventListener('close', () => this.wentAway());
            return channel;
          }
          async setRemoteDescription(...args) {
            await super.setRemoteDescription(...args);
            const transport = this.getSenders()[0]?.transport;
            transport?.addEventListener('statechange', () => transport.state === 'closed' && this.wentAway());
          }
          close() {
            if (this.connectionState !== 'closed') { window.closings.push('this page'); }
            this.isGone = true;
            super.close();
          }
        };
        // What a page listens to itself: one that plays nothing aloud counts no energy, however loud it hears the other end.
        window.loudest = 0;
        const look = AnalyserNode.prototype.getFloatTimeDomainData;
        AnalyserNode.prototype.getFloatTimeDomainData = function (samples) { look.call(this, samples); window.loudest = Math.max(window.loudest, ...samples); };
        window.sound = async () => {
          const stats = window.connection ? [...(await window.connection.getStats()).values()].filter(({ kind }) => kind === 'audio') : [];
          const sum = (type, member) => stats.filter((each) => each.type === type).reduce((all, each) => all + (each[member] ?? 0), 0);
          return JSON.stringify({ packets_sent: sum('outbound-rtp', 'packetsSent'), bytes_sent: sum('outbound-rtp', 'bytesSent'),
            packets_received: sum('inbound-rtp', 'packetsReceived'), bytes_received: sum('inbound-rtp', 'bytesReceived'), energy_received: sum('inbound-rtp', 'totalAudioEnergy'), loudest: window.loudest });
        };
        """);

    /// <summary>Waits until both ends have sent, and both have received sound that is more than silence.</summary>
    public async Task FlowsBothWays()
    {
        using var limit = new CancellationTokenSource(Patience);
        using var knock = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            var here = await Count(page.MainFrame);
            var there = await Count(peer());
            if (IsHeard(here) && IsHeard(there) && here["bytes_sent"] > 0 && there["bytes_received"] > 0 && here["packets_sent"] >= there["packets_received"])
            {
                TestContext.Current.SendDiagnosticMessage("page: {0}; peer: {1}", JsonSerializer.Serialize(here), JsonSerializer.Serialize(there));
                return;
            }

            try
            {
                await knock.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Sound did not flow both ways; page: {JsonSerializer.Serialize(here)}; peer: {JsonSerializer.Serialize(there)}");
            }
        }
    }

    /// <summary>Who closed the page's connections, in order.</summary>
    public Task<string[]> Closings() => page.EvaluateAsync<string[]>("() => window.closings");

    private static async Task<Dictionary<string, double>> Count(IFrame frame) =>
        JsonSerializer.Deserialize<Dictionary<string, double>>(await frame.EvaluateAsync<string>("() => window.sound()"))!;

    private static bool IsHeard(Dictionary<string, double> end) => end["packets_sent"] > 10 && end["packets_received"] > 10 && (end["energy_received"] > 0.0001 || end["loudest"] > 0.01);
}
