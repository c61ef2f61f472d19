using System.Text.Json.Nodes;
using Microsoft.Playwright;
using SessionGrains.Browser.Tests.Demo;

namespace SessionGrains.Browser.Tests.Guard;

/// <summary>A page without manners: a bare connection, a data channel, and no respect for either.</summary>
internal sealed class HostilePage : GuardedPage
{
    private HostilePage(LocalHost host, IBrowserContext context, IPage page, JsonNode started, Witness witness, Reading reading)
        : base(host, context, page, started, witness) => Reading = reading;

    /// <summary>Everything that it could read.</summary>
    public Reading Reading { get; }

    public static async Task<HostilePage> Open(Chromium chromium, LocalHost host, string definition, bool withChannel = true)
    {
        var (context, page, started, witness) = await Prepare(chromium, host, definition);
        var reading = new Reading(page);
        var call = await page.EvaluateAsync<string>(
            """
            async ([url, secret, withChannel]) => {
              const connection = window.connection = new RTCPeerConnection();
              window.heard = [];
              (await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks().forEach((track) => connection.addTrack(track));
              const channel = window.channel = withChannel && connection.createDataChannel('oai-events');
              if (channel) { channel.onmessage = ({ data }) => window.heard.push(data); }
              await connection.setLocalDescription();
              await new Promise((resolve) => {
                const check = () => connection.iceGatheringState === 'complete' && resolve();
                connection.onicegatheringstatechange = check;
                check();
              });
              const answer = await fetch(url, { method: 'POST', body: connection.localDescription.sdp, headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/sdp' } });
              if (!answer.ok) { throw new Error(await answer.text()); }
              await connection.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
              await new Promise((resolve) => {
                const check = () => (channel ? channel.readyState === 'open' : connection.connectionState === 'connected') && resolve();
                connection.onconnectionstatechange = check;
                if (channel) { channel.onopen = check; }
                check();
              });
              return answer.headers.get('location').split('/').pop();
            }
            """,
            new[] { (string)started["connection"]!["url"]!, (string)started["client_secret"]!["value"]!, withChannel ? "yes" : "" });
        return new HostilePage(host, context, page, started, witness, reading) { Call = call };
    }

    /// <summary>Sends a client event over its data channel.</summary>
    public Task Send(string clientEvent) => Page.EvaluateAsync("json => window.channel.send(json)", clientEvent);

    /// <summary>Asks the API, as the user whose page it is; keeps every byte of the answer.</summary>
    public Task Ask(string path, string token) => Page.EvaluateAsync(
        """
        async ([path, authorization]) => {
          const answer = await fetch(path, { headers: { authorization } });
          const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
          const read = async () => { for (let piece; piece = await reader.read(), !piece.done;) { window.heard.push(piece.value); } };
          const all = read();
          if (!answer.headers.get('content-type').startsWith('text/event-stream')) { await all; }
        }
        """,
        new[] { path, $"Bearer {token}" });

    /// <summary>Everything that it can get hold of, by where it is.</summary>
    public async Task<IReadOnlyList<(string Place, string Text)>> Places() =>
    [
        ("network", await Reading.Network()),
        ("storage", await Reading.Storage()),
        ("document", await Page.EvaluateAsync<string>("() => document.documentElement.outerHTML")),
        ("sdp", await Page.EvaluateAsync<string>("() => window.connection.localDescription.sdp + window.connection.remoteDescription.sdp")),
        ("statistics", await Page.EvaluateAsync<string>("async () => JSON.stringify([...(await window.connection.getStats()).values()])")),
        ("start", Started.ToJsonString()),
        ("heard", string.Concat(await Heard())),
    ];

    /// <summary>Everything that came over its data channel, and every answer that it asked for.</summary>
    public Task<string[]> Heard() => Page.EvaluateAsync<string[]>("() => window.heard");
}
