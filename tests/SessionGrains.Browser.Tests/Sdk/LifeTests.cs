using System.Text.Json.Nodes;

namespace SessionGrains.Browser.Tests.Sdk;

/// <summary>A connected workflow: heartbeats, its stream, trouble with the network, and how it ends.</summary>
public sealed class LifeTests(Chromium chromium)
{
    [Fact]
    public async Task Heartbeats_come_as_often_as_the_policy_asks_and_stop_at_the_end()
    {
        await using var scene = await SdkScene.Open(chromium);
        scene.Api.HeartbeatSeconds = 1;

        await scene.Start();
        await scene.UntilSeen("/heartbeat", times: 2);
        await scene.Browser.EvaluateAsync("() => lab.workflow.end()");

        await scene.Until("() => lab.isReleased()");
    }

    [Fact]
    public async Task Muting_silences_the_microphone_and_keeps_the_call()
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start();

        await scene.Browser.EvaluateAsync("() => lab.workflow.mute()");
        Assert.False(await scene.Browser.EvaluateAsync<bool>("() => lab.live.tracks[0].enabled"));
        await scene.Browser.EvaluateAsync("() => lab.workflow.mute(false)");

        Assert.True(await scene.Browser.EvaluateAsync<bool>("() => lab.live.tracks[0].enabled && !lab.workflow.isMuted"));
        Assert.Equal("connected", await scene.State());
    }

    [Fact]
    public async Task A_broken_stream_goes_on_after_the_last_event_and_tells_nothing_twice()
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start("sealed-intake");
        Tell("one");
        await scene.Until("() => lab.of('transcript').length === 1");

        scene.Api.Workflow.BreakStreams();
        Tell("two");
        await scene.Until("() => lab.of('transcript').length === 2");

        Assert.Equal(["one", "two"], (await scene.Told("transcript")).Select(told => (string)told!["text"]!));
        Assert.Equal([null, "2048"], scene.Api.SeenAt("/events").Select(request => request.LastEventId));
        Assert.Equal("connected", await scene.State());

        void Tell(string text) => scene.Api.Workflow.Tell("transcript.done", new JsonObject { ["role"] = "user", ["item_id"] = text, ["text"] = text });
    }

    [Fact]
    public async Task A_stream_that_is_refused_costs_no_call_and_is_tried_again()
    {
        await using var scene = await SdkScene.Open(chromium);
        scene.Api.Fail(new("/events", 503, "draining"));
        scene.Api.Fail(new("/events", 404, "not_found"));

        await scene.Start("sealed-intake");
        await scene.UntilSeen("/events", times: 3);
        scene.Api.Workflow.Tell("workflow.expiring", scene.Api.View(scene.Api.Workflow));

        await scene.Until("() => lab.of('expiring').length === 1");
        Assert.Equal("connected", await scene.State());
        Assert.Empty(await scene.Told("error"));
    }

    [Theory]
    [InlineData("sealed-intake")]
    [InlineData("voice-intake")]
    [InlineData("direct-intake")]
    public async Task What_the_server_ends_is_over_with_its_reason_and_all_is_released(string definition)
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start(definition);

        await scene.Api.EndByServer("revoked");

        await scene.Until("() => lab.of('ended').length === 1 && lab.isReleased()");
        Assert.Equal("revoked", (string?)(await scene.Told("ended")).Single()!["end_reason"]);
        Assert.Equal(["hung_up"], await scene.EndsOfCalls());
        Assert.DoesNotContain("reconnecting", await scene.States());
        Assert.Empty(scene.Api.SeenAt("/client_secret"));
    }

    [Theory]
    [InlineData("sealed-intake")]
    [InlineData("voice-intake")]
    public async Task An_end_whose_news_is_lost_is_found_out_once_the_call_is_gone(string definition)
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start(definition);

        scene.Api.Workflow.End("max_duration");
        await scene.Api.HangUp(scene.Api.Workflow);

        await scene.Until("() => lab.of('ended').length === 1 && lab.isReleased()");
        Assert.Equal("max_duration", (string?)(await scene.Told("ended")).Single()!["end_reason"]);
        Assert.Empty(scene.Api.SeenAt("/client_secret"));
    }

    [Theory]
    [InlineData("sealed-intake")]
    [InlineData("voice-intake")]
    [InlineData("direct-intake")]
    public async Task After_the_network_was_away_the_same_workflow_gets_a_fresh_secret_and_a_new_call(string definition)
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start(definition);
        var first = scene.Api.Workflow.CallId;

        await scene.Context.SetOfflineAsync(true);
        await scene.Until("() => !navigator.onLine");
        await scene.Context.SetOfflineAsync(false);
        await scene.Until("() => lab.of('state').includes('reconnecting') && lab.workflow.state === 'connected'");

        Assert.Equal(1, scene.Api.Count);
        Assert.Single(scene.Api.SeenAt("/client_secret"));
        Assert.NotEqual(first, scene.Api.Workflow.CallId);
        Assert.Empty(await scene.Told("error"));
        Assert.Equal("closed", await scene.Browser.EvaluateAsync<string>("() => lab.live.connections[0].connectionState"));
        // To the server a call that is over is the end: the first is closed only once the second stands.
        var order = await scene.Browser.EvaluateAsync<string[]>("() => lab.live.order");
        Assert.True(Array.IndexOf(order, "close") > Array.FindLastIndex(order, done => done.EndsWith(definition == "direct-intake" ? "/call" : "/realtime/calls", StringComparison.Ordinal)), string.Join(", ", order));
        Assert.Equal("live", await scene.Browser.EvaluateAsync<string>("() => lab.live.tracks[0].readyState"));
        await scene.Respond("""{"say":"Can you still hear me at all over there?"}""");
        await scene.Until("async () => (await lab.sound()).heard > 0.0001");
    }

    [Fact]
    public async Task A_network_that_flaps_while_a_new_call_is_made_costs_one_secret()
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start();
        await scene.Browser.EvaluateAsync("() => { setInterval(() => lab.workflow.state === 'reconnecting' && dispatchEvent(new Event('online')), 1); }");

        await scene.Browser.EvaluateAsync("() => dispatchEvent(new Event('online'))");
        await scene.Until("() => lab.of('state').includes('reconnecting') && lab.workflow.state === 'connected'");

        Assert.Single(scene.Api.SeenAt("/client_secret"));
        Assert.Equal("connected", await scene.Browser.EvaluateAsync<string>("() => lab.live.connections[1].connectionState"));
    }

    [Fact]
    public async Task A_call_that_lasts_is_kept_when_there_is_no_secret_left()
    {
        await using var scene = await SdkScene.Open(chromium);
        scene.Api.MaxSecrets = 1;
        await scene.Start();

        await scene.Context.SetOfflineAsync(true);
        await scene.Until("() => !navigator.onLine");
        await scene.Context.SetOfflineAsync(false);
        await scene.Until("() => lab.of('state').includes('reconnecting') && lab.workflow.state === 'connected'");

        Assert.Empty(await scene.EndsOfCalls());
        Assert.Empty(await scene.Told("error"));
    }

    [Fact]
    public async Task A_lost_call_with_no_secret_left_ends_the_workflow_and_says_so()
    {
        await using var scene = await SdkScene.Open(chromium);
        scene.Api.MaxSecrets = 1;
        await scene.Start();

        await scene.Api.HangUp(scene.Api.Workflow);

        await scene.Until("() => lab.of('ended').length === 1 && lab.isReleased()");
        Assert.Equal("quota_exceeded", (string?)(await scene.Told("error")).Single()!["code"]);
        Assert.Equal("ended", scene.Api.Workflow.Status);
    }

    [Fact]
    public async Task A_call_that_was_lost_while_the_workflow_lives_is_made_anew()
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start();
        scene.Api.Fail(new("/client_secret", 409, "workflow_not_connectable"));

        await scene.Api.HangUp(scene.Api.Workflow);

        await scene.Until("() => lab.live.connections.length === 2 && lab.workflow.state === 'connected'");
        Assert.Equal(2, scene.Api.SeenAt("/client_secret").Count);
    }

    [Fact]
    public async Task A_new_call_that_a_busy_service_refuses_is_asked_for_again_with_the_same_secret()
    {
        await using var scene = await SdkScene.Open(chromium);
        scene.Api.MaxSecrets = 2;
        await scene.Start();
        scene.Api.Fail(new("/realtime/calls", 503, "provider_rate_limited"));
        scene.Api.Fail(new("/realtime/calls", 503, "provider_rate_limited"));

        await scene.Api.HangUp(scene.Api.Workflow);

        await scene.Until("() => lab.live.connections[1]?.connectionState === 'connected' && lab.workflow.state === 'connected'");
        Assert.Single(scene.Api.SeenAt("/client_secret"));
        Assert.Empty(await scene.Told("error"));
    }

    [Theory]
    [InlineData("/client_secret")]
    [InlineData("/realtime/calls")]
    public async Task A_new_call_waits_for_as_long_as_a_busy_service_names(string end)
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start();
        scene.Api.Fail(new(end, 503, "draining", RetryAfter: "47"));
        await scene.Browser.EvaluateAsync("() => { const wait = setTimeout; window.setTimeout = (act, ms, ...rest) => wait(act, ms === 47_000 ? window.waited = 1 : ms, ...rest); }");

        await scene.Api.HangUp(scene.Api.Workflow);

        await scene.Until("() => window.waited && lab.live.connections.length >= 2 && lab.workflow.state === 'connected'");
        Assert.Equal(2, scene.Api.SeenAt("/client_secret").Count);
    }

    [Theory]
    // Five are asked for to see whether it is over.
    [InlineData("fetch('http://127.0.0.1:1/')", 10, "connected")]
    [InlineData("JSON.parse('<html>502 Bad Gateway')", 7, "connected")]
    [InlineData("JSON.parse('<html>502 Bad Gateway')", 1000, "ended")]
    public async Task A_new_call_waits_for_a_network_that_withholds_the_token_and_asks_a_broken_application_a_few_times(string fault, int times, string expected)
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.BeginWithToken(fault);
        Assert.Equal("started", await scene.Started());

        await scene.Browser.EvaluateAsync("times => { window.failing = times; }", times);
        await scene.Api.HangUp(scene.Api.Workflow);

        await scene.Until($"() => lab.of('state').includes('reconnecting') && lab.workflow.state === '{expected}'");
        Assert.Equal(expected == "ended", (await scene.Told("error")).Any(error => (string?)error!["code"] == "unauthenticated"));
    }

    [Fact]
    public async Task A_secret_that_comes_after_the_end_opens_nothing()
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start();
        await scene.Browser.EvaluateAsync("""
            () => {
              const json = Response.prototype.json;
              Response.prototype.json = async function () {
                const said = await json.call(this);
                if (said.client_secret) { setTimeout(() => { window.isRenewed = true; }); }
                return said;
              };
            }
            """);

        using (scene.Api.Think("/client_secret"))
        {
            await scene.Api.HangUp(scene.Api.Workflow);
            await scene.UntilSeen("/client_secret");
            await scene.Browser.EvaluateAsync("() => lab.workflow.end()");
            Assert.Equal("ended", await scene.State());
            // The answer had been on its way.
            scene.Api.Workflow.Reopen();
        }

        await scene.Until("() => window.isRenewed && lab.isReleased()");
    }

    [Fact]
    public async Task A_page_that_goes_away_ends_its_workflow_with_its_last_words()
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start();

        await scene.Browser.GotoAsync($"{scene.PageUrl}/elsewhere");

        await scene.UntilSeen("/end");
        await SdkScene.Until(() => scene.Api.Workflow.Status == "ended", () => scene.Api.Workflow.Status);
    }

    [Fact]
    public async Task An_end_that_finds_no_server_is_still_an_end_on_this_side()
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start();
        await scene.Context.SetOfflineAsync(true);

        await scene.Browser.EvaluateAsync("() => lab.workflow.end()");

        Assert.Equal("offline", (string?)(await scene.Told("error")).Single()!["code"]);
        Assert.Equal("ended", await scene.State());
        await scene.Until("() => lab.isReleased()");
    }

    [Fact]
    public async Task Ending_twice_asks_the_server_once()
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start();

        await scene.Browser.EvaluateAsync("() => Promise.all([lab.workflow.end(), lab.workflow.end()])");
        await scene.Browser.EvaluateAsync("() => lab.workflow.end()");

        Assert.Single(scene.Api.SeenAt("/end"));
        Assert.Single(await scene.Told("ended"));
    }
}
