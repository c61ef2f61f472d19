using SessionGrains.Testing.Hosts;

namespace SessionGrains.Browser.Tests.Sdk;

/// <summary>What a start asks for, in which order, and how it fails.</summary>
public sealed class StartTests(Chromium chromium)
{
    [Fact]
    public async Task The_microphone_is_asked_for_before_any_secret_is()
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Browser.EvaluateAsync("() => { window.microphone = () => new Promise((resolve) => { window.allow = resolve; }); }");

        await scene.Begin();
        await scene.Until("() => window.allow");
        Assert.Equal("requesting_microphone", await scene.State());
        Assert.Empty(scene.Api.Seen);
        await scene.Browser.EvaluateAsync("() => window.allow()");

        Assert.Equal("started", await scene.Started());
    }

    [Theory]
    [InlineData("NotAllowedError", "microphone_denied", "Allow the microphone for this page, then try again.")]
    [InlineData("NotFoundError", "microphone_missing", "Connect a microphone, then try again.")]
    [InlineData("NotReadableError", "microphone_busy", "The microphone does not work. Something else may use it.")]
    public async Task Without_a_microphone_nothing_is_started(string name, string code, string sentence)
    {
        await using var scene = await SdkScene.Open(chromium, withPeer: false);
        await scene.Browser.EvaluateAsync("name => { window.microphone = () => Promise.reject(new DOMException('no', name)); }", name);

        await scene.Begin();

        Assert.Equal(code, await scene.Started());
        Assert.Empty(scene.Api.Seen);
        Assert.Equal("ended", await scene.State());
        Assert.Equal(sentence, (string?)(await scene.Told("error")).Single()!["message"]);
    }

    [Theory]
    [InlineData(403, "forbidden", "You are not allowed to do this.")]
    [InlineData(422, "invalid_inputs", "Your details are not as they should be.")]
    [InlineData(429, "quota_exceeded", "There are too many conversations. Try again soon.")]
    [InlineData(401, "unauthenticated", "Sign in, then try again.")]
    [InlineData(502, "provider_rejected", "Something went wrong. Try again soon.", 4)]
    public async Task A_refusal_is_an_error_with_its_code_and_a_sentence_for_a_person(int status, string code, string sentence, int times = 1)
    {
        await using var scene = await SdkScene.Open(chromium, withPeer: false);
        for (var time = 0; time < times; time++)
        {
            scene.Api.Fail(new("/workflows", status, code));
        }

        await scene.Begin();

        Assert.Equal(code, await scene.Started());
        var error = await scene.Browser.EvaluateAsync<System.Text.Json.JsonElement>(
            "() => ({ message: lab.error.message, status: lab.error.status, detail: lab.error.detail, traceId: lab.error.traceId, name: lab.error.name })");
        Assert.Equal((sentence, status), (error.GetProperty("message").GetString()!, error.GetProperty("status").GetInt32()));
        Assert.Equal(($"{code} in detail", "0123456789abcdef0123456789abcdef"), (error.GetProperty("detail").GetString()!, error.GetProperty("traceId").GetString()!));
        Assert.Equal("VoiceWorkflowError", error.GetProperty("name").GetString());
        Assert.Equal(0, scene.Api.Count);
        await scene.Until("() => lab.isReleased()");
    }

    [Fact]
    public async Task A_token_that_cannot_be_had_is_a_matter_of_signing_in_but_offline_one_of_the_network()
    {
        await using var scene = await SdkScene.Open(chromium, withPeer: false);
        const string start = "endpoint => lab.begin({ endpoint, definition: 'voice-intake', token: async () => (await fetch('/no-such-host/token')).json() })";

        await scene.Browser.EvaluateAsync(start, scene.Api.Url);
        Assert.Equal("unauthenticated", await scene.Started());
        await scene.Context.SetOfflineAsync(true);
        await scene.Browser.EvaluateAsync(start, scene.Api.Url);

        Assert.Equal("offline", await scene.Started());
        Assert.Empty(scene.Api.Seen);
    }

    [Theory]
    [InlineData(1, "started")]
    [InlineData(100, "unreachable")]
    public async Task A_token_that_the_network_withholds_is_asked_for_again_and_is_no_matter_of_signing_in(int times, string expected)
    {
        await using var scene = await SdkScene.Open(chromium);

        await scene.BeginWithToken("fetch('http://127.0.0.1:1/')", times);

        Assert.Equal(expected, await scene.Started());
    }

    [Fact]
    public async Task A_start_whose_reply_is_lost_is_repeated_with_the_same_key_and_starts_one_workflow()
    {
        await using var scene = await SdkScene.Open(chromium);
        scene.Api.Fail(new("/workflows", 0, Act: true));

        await scene.Start();

        var starts = scene.Api.SeenAt("/workflows");
        Assert.Equal(2, starts.Count);
        Assert.Single(starts.Select(start => start.Key).Distinct());
        Assert.NotNull(starts[0].Key);
        Assert.Equal(1, scene.Api.Count);
    }

    [Theory]
    [InlineData("sealed-intake")]
    [InlineData("voice-intake")]
    public async Task A_first_call_whose_answer_is_lost_is_made_again_with_a_fresh_secret_in_the_same_workflow(string definition)
    {
        await using var scene = await SdkScene.Open(chromium);
        scene.Api.Fail(new("/realtime/calls", 0, Act: true));

        await scene.Start(definition);

        // A browser repeats a request by itself whose connection broke: to it the secret has been used.
        Assert.Equal((1, 1), (scene.Api.Count, scene.Api.SeenAt("/client_secret").Count));
        Assert.InRange(scene.Api.SeenAt("/realtime/calls").Count, 2, 3);
        Assert.Empty(await scene.Told("error"));
        // What the lost answer was about is hung up.
        await Eventually.True(async () => await scene.EndsOfCalls() is ["hung_up"], TimeSpan.FromSeconds(30), () => "the end of that call");
    }

    [Fact]
    public async Task A_first_call_that_is_never_answered_counts_as_lost_after_half_a_minute()
    {
        await using var scene = await SdkScene.Open(chromium);
        // A tenth of the time, and long enough for whatever is answered.
        await scene.Browser.EvaluateAsync("() => { const timeout = AbortSignal.timeout.bind(AbortSignal); AbortSignal.timeout = (ms) => timeout(ms === 30_000 ? 3_000 : ms); }");

        using (scene.Api.Think("/realtime/calls"))
        {
            await scene.Begin();
            await scene.UntilSeen("/realtime/calls", times: 2);
        }

        Assert.Equal("started", await scene.Started());
        Assert.Single(scene.Api.SeenAt("/client_secret"));
    }

    [Theory]
    [InlineData("sealed-intake")]
    [InlineData("voice-intake")]
    [InlineData("direct-intake")]
    public async Task A_network_that_comes_back_while_the_first_call_is_made_does_not_cut_it_short(string definition)
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Browser.EvaluateAsync("() => { setInterval(() => lab.workflow?.state === 'connecting' && dispatchEvent(new Event('online')), 1); }");

        await scene.Start(definition);

        Assert.Equal(1, await scene.Browser.EvaluateAsync<int>("() => lab.live.connections.length"));
        Assert.Empty(await scene.Told("error"));
    }

    [Fact]
    public async Task A_service_that_stays_lost_after_the_start_is_told_of()
    {
        await using var scene = await SdkScene.Open(chromium);
        for (var time = 0; time < 6; time++)
        {
            scene.Api.Fail(new("/realtime/calls", 0));
        }

        await scene.Begin();

        Assert.Equal("unreachable", await scene.Started());
        Assert.Equal("ended", scene.Api.Workflow.Status);
        await scene.Until("() => lab.isReleased()");
    }

    [Fact]
    public async Task A_busy_service_is_asked_again_after_the_time_that_it_names()
    {
        await using var scene = await SdkScene.Open(chromium);
        scene.Api.Fail(new("/workflows", 503, "storage_unavailable", RetryAfter: "1"));

        await scene.Start();

        Assert.Equal(2, scene.Api.SeenAt("/workflows").Count);
    }

    [Fact]
    public async Task A_service_that_names_a_longer_time_than_a_person_waits_is_believed_at_once()
    {
        await using var scene = await SdkScene.Open(chromium, withPeer: false);
        scene.Api.Fail(new("/workflows", 429, "rate_limited", RetryAfter: "41"));

        await scene.Begin();

        Assert.Equal("rate_limited", await scene.Started());
        Assert.Equal(41, await scene.Browser.EvaluateAsync<int>("() => lab.error.retryAfter"));
        Assert.Single(scene.Api.SeenAt("/workflows"));
    }

    [Theory]
    [InlineData("sealed-intake", 503, "provider_rate_limited")]
    [InlineData("voice-intake", 503, "provider_unavailable")]
    [InlineData("voice-intake", 503, "draining")]
    [InlineData("voice-intake", 503, "storage_unavailable")]
    [InlineData("voice-intake", 502, "provider_rejected")]
    public async Task A_first_call_that_a_busy_service_refuses_is_asked_for_again_with_the_same_secret(string definition, int status, string code)
    {
        await using var scene = await SdkScene.Open(chromium);
        scene.Api.MaxSecrets = 1;
        scene.Api.Fail(new("/realtime/calls", status, code));
        scene.Api.Fail(new("/realtime/calls", status, code));

        await scene.Start(definition);

        Assert.Equal(3, scene.Api.SeenAt("/realtime/calls").Count);
        Assert.Empty(scene.Api.SeenAt("/client_secret"));
        Assert.Empty(await scene.Told("error"));
        Assert.Equal(["requesting_microphone", "starting", "connecting", "connected"], await scene.States());
    }

    [Theory]
    [InlineData(401, "invalid_client_secret")]
    [InlineData(409, "client_secret_used")]
    public async Task A_secret_that_died_while_the_service_was_busy_is_replaced(int status, string code)
    {
        await using var scene = await SdkScene.Open(chromium);
        scene.Api.Fail(new("/realtime/calls", 503, "provider_unavailable"));
        scene.Api.Fail(new("/realtime/calls", status, code));

        await scene.Start();

        Assert.Equal((3, 1), (scene.Api.SeenAt("/realtime/calls").Count, scene.Api.SeenAt("/client_secret").Count));
        Assert.Empty(await scene.Told("error"));
    }

    [Theory]
    [InlineData("1", 4)]
    [InlineData("41", 1)]
    public async Task A_service_that_stays_busy_or_says_that_it_will_is_believed_and_the_workflow_ended(string retryAfter, int times)
    {
        await using var scene = await SdkScene.Open(chromium, withPeer: false);
        for (var time = 0; time < times; time++)
        {
            scene.Api.Fail(new("/realtime/calls", 503, "provider_rate_limited", retryAfter));
        }

        await scene.Begin();

        Assert.Equal("provider_rate_limited", await scene.Started());
        Assert.Equal((times, 0), (scene.Api.SeenAt("/realtime/calls").Count, scene.Api.SeenAt("/client_secret").Count));
        Assert.Equal("ended", scene.Api.Workflow.Status);
        await scene.Until("() => lab.isReleased()");
    }

    [Fact]
    public async Task A_start_that_is_ended_while_it_waits_for_a_busy_service_asks_no_more()
    {
        await using var scene = await SdkScene.Open(chromium, withPeer: false);
        scene.Api.Fail(new("/realtime/calls", 503, "provider_unavailable", RetryAfter: "9"));
        await scene.Begin();
        await scene.UntilSeen("/realtime/calls");

        await scene.Browser.EvaluateAsync("() => lab.workflow.end()");

        Assert.Equal("cancelled", await scene.Started());
        Assert.Single(scene.Api.SeenAt("/realtime/calls"));
        Assert.Empty(await scene.Told("error"));
        await scene.Until("() => lab.isReleased()");
    }

    [Fact]
    public async Task A_call_that_nobody_answers_ends_the_workflow_with_an_error()
    {
        await using var scene = await SdkScene.Open(chromium, withPeer: false);
        await scene.Begin("voice-intake");

        Assert.Equal("connection_failed", await scene.Started());
        Assert.Equal("ended", scene.Api.Workflow.Status);
        Assert.Equal("ended", await scene.State());
        await scene.Until("() => lab.isReleased()");
    }

    [Fact]
    public async Task A_start_that_is_ended_while_the_service_thinks_leaves_no_workflow_behind()
    {
        await using var scene = await SdkScene.Open(chromium, withPeer: false);
        await scene.Browser.EvaluateAsync("() => { window.held = new Promise((resolve) => { window.letGo = resolve; }); }");
        await scene.Browser.RouteAsync("**/v1/workflows", async route =>
        {
            await scene.Browser.EvaluateAsync("() => window.held");
            await route.ContinueAsync();
        });

        await scene.Begin();
        await scene.Until("() => lab.workflow.state === 'starting'");
        await scene.Browser.EvaluateAsync("() => { lab.ended = lab.workflow.end(); }");
        Assert.Equal("ending", await scene.State());
        await scene.Browser.EvaluateAsync("() => window.letGo()");

        Assert.Equal("cancelled", await scene.Started());
        await scene.Browser.EvaluateAsync("() => lab.ended");
        Assert.Equal("ended", scene.Api.Workflow.Status);
        Assert.Empty(await scene.Told("error"));
        await scene.Until("() => lab.isReleased()");
    }

    [Fact]
    public async Task A_microphone_that_opens_after_the_end_is_closed_again()
    {
        await using var scene = await SdkScene.Open(chromium, withPeer: false);
        await scene.Browser.EvaluateAsync("() => { window.microphone = () => new Promise((resolve) => { window.allow = resolve; }); }");
        await scene.Begin();
        await scene.Until("() => window.allow");

        await scene.Browser.EvaluateAsync("() => lab.workflow.end()");
        await scene.Browser.EvaluateAsync("() => window.allow()");

        Assert.Equal("cancelled", await scene.Started());
        await scene.Until("() => lab.live.tracks.length === 1 && lab.isReleased()");
        Assert.Empty(scene.Api.Seen);
    }

    [Fact]
    public async Task A_page_of_another_origin_cannot_start_anything()
    {
        await using var scene = await SdkScene.Open(chromium, withPeer: false, allowsPage: false);

        await scene.Begin();

        Assert.Equal("unreachable", await scene.Started());
        Assert.Equal(0, scene.Api.Count);
    }

    [Fact]
    public async Task The_secret_is_nowhere_to_be_found_afterwards()
    {
        await using var scene = await SdkScene.Open(chromium);
        var secrets = new List<string>();
        scene.Browser.Request += (_, request) =>
        {
            if (request.Url.EndsWith("/realtime/calls", StringComparison.Ordinal) && request.Method == "POST")
            {
                secrets.Add(request.Headers["authorization"]["Bearer ".Length..]);
            }
        };

        await scene.Start();

        var found = await scene.Browser.EvaluateAsync<string>("""
            async () => JSON.stringify([lab.workflow, lab.workflow.workflow, lab.live.views, lab.log, Object.entries(localStorage), Object.entries(sessionStorage),
              document.cookie, document.documentElement.outerHTML, (await indexedDB.databases()), (await caches.keys()), performance.getEntries().map((e) => e.name)])
            """);
        Assert.StartsWith("ek_sg_", secrets.Single(), StringComparison.Ordinal);
        Assert.DoesNotContain(secrets.Single(), found, StringComparison.Ordinal);
        Assert.DoesNotContain("client_secret", await scene.Browser.EvaluateAsync<string>("() => Object.keys(lab.workflow.workflow).join()"), StringComparison.Ordinal);
        Assert.True(await scene.Browser.EvaluateAsync<bool>("() => lab.workflow.secretExpiresAt > Date.now()"));
    }
}
