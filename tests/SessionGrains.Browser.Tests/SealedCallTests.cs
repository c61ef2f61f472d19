namespace SessionGrains.Browser.Tests;

/// <summary>Audio-only calls in a real browser: with a peer page they sound, without one their answer is still valid.</summary>
public sealed class SealedCallTests(Chromium chromium)
{
    [Fact]
    public async Task A_sealed_call_connects_and_is_heard()
    {
        await using var scene = await Scene.Open(chromium);
        await scene.OpenPeer();
        var secret = await scene.Mint();

        var answer = await Dial(scene, secret);
        await scene.Until("() => lab.state.connection.includes('connected')");
        var callId = (string)(await scene.Ledger("call.created")).Single()["call_id"]!;
        await scene.Control($"calls/{callId}/respond", System.Text.Json.Nodes.JsonNode.Parse("""{"say":"Can you hear me at all over there?"}""")!);

        await scene.Until("async () => await lab.soundHeard() > 0.0001");
        Assert.DoesNotContain("m=application", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_peer_page_the_browser_accepts_the_silent_answer()
    {
        await using var scene = await Scene.Open(chromium);

        var answer = await Dial(scene, await scene.Mint());

        Assert.StartsWith("v=0", answer, StringComparison.Ordinal);
        Assert.Equal("silence", (string?)(await scene.Ledger("call.created")).Single()["details"]!["answered_by"]);
    }

    private static Task<string> Dial(Scene scene, string secret) => scene.Browser.EvaluateAsync<string>(
        """
        ([url, secret]) => lab.sealedCall(async (sdp) => {
          const response = await fetch(url, { method: 'POST', body: sdp, headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/sdp' } });
          if (!response.ok) { throw new Error(await response.text()); }
          return response.text();
        })
        """,
        new[] { scene.CallsUrl, secret });
}
