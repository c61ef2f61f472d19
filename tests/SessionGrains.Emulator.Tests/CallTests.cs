using System.Net;
using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Tests;

/// <summary>Creating calls, hanging them up, and the other ways in which they end.</summary>
public sealed class CallTests
{
    [Fact]
    public async Task A_secret_and_an_offer_make_a_call()
    {
        await using var lab = await Lab.Start();

        var reply = await lab.CallWithSecret(await lab.MintValue());

        Assert.Equal(HttpStatusCode.Created, reply.Status);
        Assert.Matches("^/v1/realtime/calls/rtc_u1_[A-Za-z0-9]+$", reply.Headers["Location"]);
        Assert.Equal("text/plain; charset=utf-8", reply.Headers["Content-Type"]);
        Assert.Equal("*", reply.Headers["Access-Control-Allow-Origin"]);
        Assert.Equal("Location, X-Request-Id", reply.Headers["Access-Control-Expose-Headers"]);
        var created = (await lab.Ledger("call.created")).Single();
        Assert.Equal(reply.CallId, created["call_id"]!.GetValue<string>());
        Assert.Equal(reply.CallId.Replace("rtc_", "sess_", StringComparison.Ordinal), created["session_id"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_and_a_form_make_a_call_with_and_without_file_names(bool asFiles)
    {
        await using var lab = await Lab.Start();

        var reply = await lab.CallWithKey(new JsonObject { ["type"] = "realtime", ["instructions"] = "Sealed." }, asFiles: asFiles);

        Assert.Equal(HttpStatusCode.Created, reply.Status);
        var created = (await lab.Ledger("call.created")).Single();
        Assert.Equal("key", created["details"]!["created_with"]!.GetValue<string>());
        Assert.Equal("Sealed.", created["details"]!["session"]!["instructions"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_answer_mirrors_the_offer()
    {
        await using var lab = await Lab.Start();

        var both = (await lab.CallWithKey()).Text;
        var sealedAnswer = (await lab.CallWithKey(offer: Lab.AudioOffer)).Text;

        Assert.Contains("m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8\r\n", both, StringComparison.Ordinal);
        Assert.Contains("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", both, StringComparison.Ordinal);
        Assert.Contains("a=group:BUNDLE 0 1\r\n", both, StringComparison.Ordinal);
        Assert.Contains("a=setup:active\r\n", both, StringComparison.Ordinal);
        Assert.DoesNotContain("m=application", sealedAnswer, StringComparison.Ordinal);
        Assert.Contains("a=group:BUNDLE 0\r\n", sealedAnswer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("v=0\r\nnonsense\r\n")]
    [InlineData("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n")]
    [InlineData("")]
    public async Task An_offer_that_is_no_SDP_with_audio_is_refused(string offer)
    {
        await using var lab = await Lab.Start();

        Assert.Equal(HttpStatusCode.BadRequest, (await lab.CallWithSecret(await lab.MintValue(), offer)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await lab.CallWithKey(offer: offer)).Status);
        Assert.Empty(await lab.Ledger("call.created"));
    }

    [Fact]
    public async Task A_form_without_its_session_is_refused()
    {
        await using var lab = await Lab.Start();
        using var form = new MultipartFormDataContent { { new StringContent(Lab.Offer), "sdp" } };

        var reply = await lab.Send(HttpMethod.Post, lab.Api("realtime/calls"), Lab.Key, form);

        Assert.Equal("missing_required_parameter", reply.ErrorCode);
        Assert.Equal("session", reply.Error["param"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_session_without_a_type_is_refused()
    {
        await using var lab = await Lab.Start();

        var reply = await lab.CallWithKey(new JsonObject { ["model"] = "gpt-realtime-2.1" });

        Assert.Equal("session.type", reply.Error["param"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_model_may_be_minted_for_and_yet_be_refused_by_the_call()
    {
        await using var lab = await Lab.Start();
        await lab.Settings(new JsonObject { ["models_refused"] = new JsonArray("gpt-secret") });

        var secret = await lab.MintValue(JsonNode.Parse("""{"session":{"type":"realtime","model":"gpt-secret"}}"""));
        var reply = await lab.CallWithSecret(secret);

        Assert.Equal(HttpStatusCode.Forbidden, reply.Status);
        Assert.Equal("model_not_found", reply.ErrorCode);
    }

    [Fact]
    public async Task A_hang_up_is_answered_first_and_the_call_ends_after_that()
    {
        await using var lab = await Lab.Start();
        await lab.Settings(new JsonObject { ["hangup_delay_ms"] = 300 });
        var callId = await lab.CreateCall();

        var reply = await lab.HangUp(callId);

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Empty(reply.Text);
        Assert.Equal("hanging_up", (await lab.Control(HttpMethod.Get, "calls")).Array.Single()!["state"]!.GetValue<string>());
        var ended = await lab.Eventually("call.ended");
        Assert.Equal("hung_up", ended["details"]!["reason"]!.GetValue<string>());
        Assert.Empty((await lab.Control(HttpMethod.Get, "calls")).Array);
    }

    [Theory]
    [InlineData("404", HttpStatusCode.NotFound)]
    [InlineData("400", HttpStatusCode.BadRequest)]
    public async Task A_second_hang_up_finds_no_call(string setting, HttpStatusCode expected)
    {
        await using var lab = await Lab.Start();
        await lab.Settings(new JsonObject { ["hangup_unknown"] = setting });
        var callId = await lab.CreateCall();
        await lab.HangUp(callId);

        var second = await lab.HangUp(callId);

        Assert.Equal(expected, second.Status);
        Assert.Equal("call_id_not_found", second.ErrorCode);
    }

    [Fact]
    public async Task A_call_may_not_be_known_at_once_to_what_hangs_up()
    {
        await using var lab = await Lab.Start();
        await lab.Settings(new JsonObject { ["hangup_404_seconds"] = 5 });
        var callId = await lab.CreateCall();

        Assert.Equal("call_id_not_found", (await lab.HangUp(callId)).ErrorCode);
        await lab.Control(HttpMethod.Post, "clock", new JsonObject { ["advance_seconds"] = 6 });
        Assert.Equal(HttpStatusCode.OK, (await lab.HangUp(callId)).Status);
    }

    [Fact]
    public async Task A_foreign_key_hangs_nothing_up_until_the_coupling_is_loosened()
    {
        var options = new EmulatorOptions { ApiKeys = { "sk-other" } };
        await using var lab = await Lab.Start(options);
        var secret = await lab.MintValue();
        var callId = (await lab.CallWithSecret(secret)).CallId;

        Assert.Equal(HttpStatusCode.NotFound, (await lab.HangUp(callId)).Status);
        await lab.Settings(new JsonObject { ["hangup_keys"] = "any_project" });
        Assert.Equal(HttpStatusCode.OK, (await lab.HangUp(callId, "sk-other")).Status);
    }

    [Fact]
    public async Task A_calls_own_secret_hangs_it_up_even_after_it_expired_unless_switched_off()
    {
        await using var lab = await Lab.Start();
        var secret = await lab.MintValue();
        var first = (await lab.CallWithSecret(secret)).CallId;
        var second = (await lab.CallWithSecret(secret)).CallId;
        await lab.Control(HttpMethod.Post, "clock", new JsonObject { ["advance_seconds"] = 601 });

        Assert.Equal(HttpStatusCode.OK, (await lab.HangUp(first, secret)).Status);
        await lab.Settings(new JsonObject { ["expired_secrets_control"] = false });
        Assert.Equal(HttpStatusCode.Unauthorized, (await lab.HangUp(second, secret)).Status);
    }

    [Fact]
    public async Task A_call_ends_when_the_browser_leaves()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();

        Assert.Equal(HttpStatusCode.NoContent, (await lab.Control(HttpMethod.Post, $"calls/{callId}/end")).Status);

        Assert.Equal("browser_left", (await lab.Eventually("call.ended"))["details"]!["reason"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.NotFound, (await lab.HangUp(callId)).Status);
    }

    [Fact]
    public async Task A_call_ends_after_sixty_minutes()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();

        await lab.Control(HttpMethod.Post, "clock", new JsonObject { ["advance_seconds"] = 3599 });
        Assert.Single((await lab.Control(HttpMethod.Get, "calls")).Array);
        await lab.Control(HttpMethod.Post, "clock", new JsonObject { ["advance_seconds"] = 2 });

        Assert.Equal(callId, (await lab.Eventually("call.ended", e => e["details"]!["reason"]!.GetValue<string>() == "session_expired"))["call_id"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_browser_of_another_origin_may_ask()
    {
        await using var lab = await Lab.Start();
        using var preflight = new HttpRequestMessage(HttpMethod.Options, lab.Api("realtime/calls"));
        preflight.Headers.Add("Origin", "http://127.0.0.1:9999");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization,content-type,x-openai-agents-sdk");

        using var response = await lab.Http.SendAsync(preflight, TestContext.Current.CancellationToken);

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal("authorization,content-type,x-openai-agents-sdk", response.Headers.GetValues("Access-Control-Allow-Headers").Single());
    }

    [Fact]
    public async Task An_address_that_does_not_exist_is_answered_in_OpenAIs_shape()
    {
        await using var lab = await Lab.Start();

        var reply = await lab.Send(HttpMethod.Get, lab.Api("realtime/nothing"));

        Assert.Equal(HttpStatusCode.NotFound, reply.Status);
        Assert.Equal("Invalid URL (GET /v1/realtime/nothing)", reply.Error["message"]!.GetValue<string>());
    }
}
