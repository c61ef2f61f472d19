using SessionGrains.Api.RealtimeCalls;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.Tests;

/// <summary>What the log holds, at its most talkative.</summary>
public sealed class LogTests
{
    private static readonly string[] Canaries =
    [
        "canary-in-the-query", "canary-in-the-body", "canary-in-the-key", "canary-in-the-offer", "canary-in-the-path",
        FakeWorkflow.Secret, "canary-of-the-answer", Token.OfAda, Token.OfAda.Split('.')[1], Token.OfAda.Split('.')[2],
    ];

    [Fact]
    public async Task No_token_secret_body_query_or_SDP_is_ever_logged()
    {
        await using var api = await ApiUnderTest.Start();
        var id = api.Grains.Add(Token.Ada);
        var secret = OwnSecret.New(id);
        var body = """{"definition":"canary-in-the-body","inputs":{"a":"canary-in-the-body"},"metadata":{"k":"canary-in-the-body"}}""";

        using var started = await api.Send("POST", "/v1/workflows?q=canary-in-the-query", Token.OfAda, body, headers: ("Idempotency-Key", "canary-in-the-key"));
        using var malformed = await api.Send("POST", "/v1/workflows", Token.OfAda, """{"canary-in-the-body":"canary-in-the-body" """);
        using var tampered = await api.Send("GET", "/v1/workflows?access_token=canary-in-the-query", Token.OfAda + "x");
        using var renewed = await api.Send("POST", $"/v1/workflows/{id}/client_secret", Token.OfAda);
        using var connected = await api.Send("POST", "/v1/realtime/calls", secret, "v=0 canary-in-the-offer", "application/sdp");
        using var refused = await api.Send("POST", "/v1/realtime/calls", secret, "v=0 canary-in-the-offer", "text/plain");
        using var ended = await api.Send("POST", $"/v1/workflows/{id}/end", Token.OfAda, """{"reason_detail":"canary-in-the-body"}""");
        api.Grains.Faults.Enqueue(new InvalidOperationException());
        using var broken = await api.Send("POST", "/v1/workflows?q=canary-in-the-query", Token.OfAda, body);

        Assert.Equal((201, 400, 401, 200, 201, 415, 200, 500), (
            (int)started.StatusCode, (int)malformed.StatusCode, (int)tampered.StatusCode, (int)renewed.StatusCode,
            (int)connected.StatusCode, (int)refused.StatusCode, (int)ended.StatusCode, (int)broken.StatusCode));
        foreach (var canary in Canaries.Append(secret).Append(OwnSecret.Hash(secret)))
        {
            Assert.DoesNotContain(api.Log, line => line.Contains(canary, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task No_argument_output_transcript_or_decision_is_ever_logged()
    {
        await using var api = await ApiUnderTest.Start();
        var id = api.Grains.Add(Token.Ada);
        var told = api.Grains.Workflow(id).Told;
        var call = Picture.OfCall(id, ToolCallId.Parse("call_1")) with { Output = "canary-in-the-output", Error = "canary-in-the-error" };
        api.Grains.OnToolCall = _ => call;
        var calls = $"/v1/workflows/{id}/tool_calls";

        using var asText = await api.Send("POST", calls, Token.OfAda, """{"call_id":"c","name":"canary-in-the-name","arguments":"canary-in-the-arguments"}""");
        using var asObject = await api.Send("POST", calls, Token.OfAda, """{"call_id":"c","name":"n","arguments":{"a":"canary-in-the-arguments"}}""");
        using var malformed = await api.Send("POST", calls, Token.OfAda, """{"call_id":"canary-in-the-arguments!","name":"n","arguments":["canary-in-the-arguments"]}""");
        using var viewed = await api.Send("GET", $"{calls}/call_1", Token.OfAda);
        using var decided = await api.Send("POST", $"{calls}/c/approval", Token.OfAda, """{"decision":"deny","arguments_hash":"canary-in-the-hash"}""");
        using (var listener = await Listener.Opened(api, id))
        {
            told.Tell(
                new WorkflowEvent.TranscriptDelta("user", "item_1", "canary-in-the-transcript") { Id = 2048 },
                new WorkflowEvent.TranscriptDone("user", "item_1", "canary-in-the-transcript") { Id = 3072 },
                new WorkflowEvent.ToolCallUpdated(call) { Id = 4096 });
            Assert.Equal("canary-in-the-transcript", (await listener.Event()).Data.GetProperty("text").GetString());
            await listener.Event();
            Assert.Equal("canary-in-the-output", (await listener.Event()).Data.GetProperty("output").GetString());
            api.Grains.Faults.Enqueue(new TimeoutException("canary-in-the-fault"));
            told.Tell(new WorkflowEvent.TranscriptDone("user", "item_2", "canary-in-the-transcript") { Id = 5120 });
            await listener.Event();
            await api.Clock.Waits(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((200, 200, 400, 200, 200), (
            (int)asText.StatusCode, (int)asObject.StatusCode, (int)malformed.StatusCode, (int)viewed.StatusCode, (int)decided.StatusCode));
        Assert.Contains(api.Log, line => line.Contains("Stream waits for the cluster (TimeoutException)", StringComparison.Ordinal));
        Assert.DoesNotContain(api.Log, line => line.Contains("canary-in-the", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_request_leaves_one_line_with_method_route_status_and_the_trace_id_of_its_answer()
    {
        await using var api = await ApiUnderTest.Start();

        using var response = await api.Send("GET", "/v1/workflows/canary-in-the-path?q=1", Token.OfAda);

        var trace = (await response.Problem(404, "not_found")).GetProperty("trace_id").GetString();
        var line = Assert.Single(api.Log, line => line.Contains("RequestLog[500]", StringComparison.Ordinal));
        Assert.Contains("GET /v1/workflows/{id} answered 404 in ", line, StringComparison.Ordinal);
        Assert.EndsWith($"trace {trace}", line.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_secret_prints_as_stars_and_an_offer_as_its_length()
    {
        Assert.Equal("***", new ClientSecretAnswer("ek_x", 1).ToString());
        Assert.DoesNotContain("v=0", new SdpOffer("v=0", null).ToString(), StringComparison.Ordinal);
    }
}
