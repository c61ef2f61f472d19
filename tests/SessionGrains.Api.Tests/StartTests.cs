using System.Text;
using System.Text.Json;

namespace SessionGrains.Api.Tests;

/// <summary>Starting a workflow over HTTP: what is asked of the grain, and what comes back.</summary>
public sealed class StartTests : IClassFixture<ApiUnderTest>
{
    private readonly ApiUnderTest api;

    public StartTests(ApiUnderTest api)
    {
        this.api = api;
        api.Grains.Reset();
    }

    [Fact]
    public async Task A_start_answers_201_with_its_location_and_the_whole_object_of_the_contract()
    {
        using var response = await Start("""{"definition":"voice-intake"}""");

        var answer = await response.Json();
        var id = answer.GetProperty("id").GetString();
        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal($"/v1/workflows/{id}", response.Headers.Location?.OriginalString);
        Assert.False(response.Headers.Contains("Idempotent-Replayed"));
        const string Expected = """
            {"id":"<id>","object":"workflow","definition":"voice-intake","definition_version":"sha256:abc",
             "status":"ready","end_reason":null,"hangup":null,"control":"none",
             "created_at":"2026-11-24T12:00:00Z","expires_at":"2026-11-24T12:15:00Z","ended_at":null,
             "connection":{"mode":"client_secret","transport":"webrtc","url":"https://api.openai.com/v1/realtime/calls","call_id":null},
             "client_secret":{"value":"ek_sg_canary-of-the-client-secret","expires_at":1795521630},
             "policy":{"model":"gpt-realtime-2.1","voice":"marin","output_modalities":["audio"],
                       "tools":[{"name":"lookup_order","description":"Finds an order.","requires_approval":true}],
                       "max_duration_seconds":900,"idle_timeout_seconds":120,"max_tool_calls":50,"max_cost_usd":1.50,"heartbeat_seconds":15},
             "usage":{"responses":0,"input_tokens":0,"output_tokens":0,"audio_input_tokens":0,"audio_output_tokens":0,"cost_usd":0,"tool_calls":0,"estimated":false},
             "metadata":{"ticket":"T-9"}}
            """;
        using var expected = JsonDocument.Parse(Expected.Replace("<id>", id, StringComparison.Ordinal));
        Assert.True(JsonElement.DeepEquals(expected.RootElement, answer), answer.GetRawText());
    }

    [Fact]
    public async Task The_grain_gets_what_the_body_says_and_nothing_else()
    {
        using var response = await Start(
            """{"definition":"voice-intake","inputs":{"customer":"C-17","n":[1,null]},"metadata":{"ticket":"T-9"}}""", ("Idempotency-Key", "key-1"));

        var asked = api.Grains.LastStart!;
        Assert.Equal("voice-intake", asked.Definition);
        Assert.Equal("""{"customer":"C-17","n":[1,null]}""", asked.InputsJson);
        Assert.Equal("T-9", Assert.Single(asked.Metadata).Value);
        Assert.Equal("key-1", asked.IdempotencyKey);
    }

    [Fact]
    public async Task Inputs_metadata_and_idempotency_key_may_be_absent()
    {
        using var response = await Start("""{"definition":"voice-intake"}""");

        Assert.Equal(("{}", 0, null), (api.Grains.LastStart!.InputsJson, api.Grains.LastStart.Metadata.Count, api.Grains.LastStart.IdempotencyKey));
    }

    [Fact]
    public async Task A_replay_answers_200_and_says_so_and_its_secret_may_be_null()
    {
        api.Grains.OnStarted = started => started with { Secret = null, IsReplay = true };

        using var response = await Start("""{"definition":"voice-intake"}""", ("Idempotency-Key", "key-1"));

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("true", response.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal(JsonValueKind.Null, (await response.Json()).GetProperty("client_secret").ValueKind);
    }

    [Fact]
    public async Task An_ended_workflow_says_how_it_ended()
    {
        api.Grains.OnStarted = started => started with
        {
            Workflow = started.Workflow with
            {
                Phase = Phase.Ended,
                EndReason = EndReason.NeverConnected,
                HangUp = HangUpResult.AlreadyGone,
                Control = Control.Degraded,
                EndedAt = Token.Noon.AddMilliseconds(250),
            },
        };

        using var response = await Start("""{"definition":"voice-intake"}""");

        var answer = await response.Json();
        Assert.Equal("ended", answer.GetProperty("status").GetString());
        Assert.Equal("never_connected", answer.GetProperty("end_reason").GetString());
        Assert.Equal("already_gone", answer.GetProperty("hangup").GetString());
        Assert.Equal("degraded", answer.GetProperty("control").GetString());
        Assert.Equal("2026-11-24T12:00:00.25Z", answer.GetProperty("ended_at").GetString());
    }

    [Theory]
    [InlineData(null, "http://127.0.0.1")]
    [InlineData("https://voice.example.test", "https://voice.example.test/v1/realtime/calls")]
    [InlineData("https://voice.example.test/base/", "https://voice.example.test/base/v1/realtime/calls")]
    public async Task Where_we_create_the_call_the_browser_gets_our_own_address(string? publicUrl, string expected)
    {
        await using var own = await ApiUnderTest.Start(("SessionGrains:PublicUrl", publicUrl));
        own.Grains.OnStarted = started => started with
        {
            Workflow = started.Workflow with { Connection = new(ConnectionMode.Sealed, null, "rtc_1") },
        };

        using var response = await own.Send("POST", "/v1/workflows", Token.OfAda, """{"definition":"voice-intake"}""");

        var connection = (await response.Json()).GetProperty("connection");
        var url = connection.GetProperty("url").GetString();
        Assert.Equal(publicUrl is null ? $"{own.Client.BaseAddress}v1/realtime/calls" : expected, url);
        Assert.Equal(("sealed", "rtc_1"), (connection.GetProperty("mode").GetString(), connection.GetProperty("call_id").GetString()));
    }

    public static TheoryData<string, string, string> Malformed => new()
    {
        { "no JSON", "definition=voice", "$" },
        { "nothing", "", "$" },
        { "only spaces", "   ", "$" },
        { "half an object", """{"definition":"d" """, "$" },
        { "two objects", """{"definition":"d"}{}""", "$" },
        { "a comment", """{"definition":"d"/* */}""", "$" },
        { "a comma too much", """{"definition":"d",}""", "$" },
        { "single quotes", "{'definition':'d'}", "$" },
        { "null", "null", "$" },
        { "a list", "[]", "$" },
        { "a text", "\"d\"", "$" },
        { "a byte order mark", "\uFEFF{\"definition\":\"d\"}", "$" },
        { "33 levels", $$"""{"definition":"d","inputs":{{Nested(32)}}}""", "$" },
        { "10,000 levels", $$"""{"definition":"d","inputs":{{Nested(10_000)}}}""", "$" },
        { "no definition", "{}", "$.definition" },
        { "definition null", """{"definition":null}""", "$.definition" },
        { "definition a number", """{"definition":7}""", "$.definition" },
        { "definition empty", """{"definition":""}""", "$.definition" },
        { "definition of 65 characters", $$"""{"definition":"{{new string('d', 65)}}"}""", "$.definition" },
        { "definition in capitals", """{"Definition":"d"}""", "$.Definition" },
        { "definition twice", """{"definition":"d","definition":"e"}""", "$.definition" },
        { "an unknown member", """{"definition":"d","model":"gpt"}""", "$.model" },
        { "a member of the start object", """{"definition":"d","policy":{}}""", "$.policy" },
        { "inputs null", """{"definition":"d","inputs":null}""", "$.inputs" },
        { "inputs a list", """{"definition":"d","inputs":[]}""", "$.inputs" },
        { "inputs a text", """{"definition":"d","inputs":"{}"}""", "$.inputs" },
        { "an input twice", """{"definition":"d","inputs":{"a":{"b":1,"b":2}}}""", "$.inputs.a.b" },
        { "an input twice, once escaped", """{"definition":"d","inputs":{"a":1,"\u0061":2}}""", "$.inputs.a" },
        { "an input with half a character", """{"definition":"d","inputs":{"a":["\ud800"]}}""", "$.inputs.a[0]" },
        { "an input with U+0000", """{"definition":"d","inputs":{"a":"\u0000"}}""", "$.inputs.a" },
        { "a name with half a character", """{"definition":"d","inputs":{"\udc00":1}}""", "$.inputs" },
        { "metadata a list", """{"definition":"d","metadata":[]}""", "$.metadata" },
        { "metadata null", """{"definition":"d","metadata":null}""", "$.metadata" },
        { "metadata value a number", """{"definition":"d","metadata":{"k":1}}""", "$.metadata.k" },
        { "metadata value null", """{"definition":"d","metadata":{"k":null}}""", "$.metadata.k" },
        { "metadata value of 513 characters", $$$"""{"definition":"d","metadata":{"k":"{{{new string('v', 513)}}}"}}""", "$.metadata.k" },
        { "metadata key empty", """{"definition":"d","metadata":{"":"v"}}""", "$.metadata." },
        { "metadata key of 65 characters", $$$"""{"definition":"d","metadata":{"{{{new string('k', 65)}}}":"v"}}""", $"$.metadata.{new string('k', 64)}…" },
        { "17 pairs of metadata", $$"""{"definition":"d","metadata":{{Pairs(17)}}}""", "$.metadata" },
    };

    [Theory, MemberData(nameof(Malformed))]
    public async Task A_malformed_body_is_400_and_names_the_place_and_reaches_no_grain(string name, string body, string place)
    {
        using var response = await Start(body);

        var problem = await response.Problem(400, "invalid_request");
        Assert.True(problem.Places().Contains(place), $"{name}: {problem}");
        Assert.Empty(api.Grains.Calls);
    }

    [Fact]
    public async Task A_body_that_is_no_UTF8_is_400()
    {
        using var content = new ByteArrayContent([.. "{\"definition\":\"d"u8, 0xFF, 0xFE, .. "\"}"u8]);
        content.Headers.ContentType = new("application/json");

        using var response = await api.Send("POST", "/v1/workflows", Token.OfAda, content);

        Assert.Contains("$", (await response.Problem(400, "invalid_request")).Places());
    }

    [Fact]
    public async Task Every_fault_of_a_body_is_named_at_once_with_what_is_allowed()
    {
        using var response = await Start("""{"definition":7,"inputs":[],"model":"x"}""");

        var problem = await response.Problem(400, "invalid_request");
        Assert.Equal(["$.definition", "$.inputs", "$.model"], problem.Places());
        Assert.Contains("1 to 64 characters", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_at_the_bounds_is_taken()
    {
        var pairs = string.Join(',', Enumerable.Range(10, 16).Select(i => $"\"{new string('k', 62)}{i}\":\"{new string('v', 512)}\""));

        using var response = await Start($$"""{"definition":"{{new string('d', 64)}}","inputs":{{Nested(31)}},"metadata":{ {{pairs}} } }""");

        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal(16, api.Grains.LastStart!.Metadata.Count);
    }

    [Theory]
    [InlineData(null, 415)]
    [InlineData("text/plain", 415)]
    [InlineData("application/json; charset=utf-16", 415)]
    [InlineData("application/problem+json", 415)]
    [InlineData("multipart/form-data; boundary=x", 415)]
    [InlineData("application/json", 201)]
    [InlineData("Application/JSON; charset=UTF-8", 201)]
    public async Task Only_JSON_is_taken(string? contentType, int status)
    {
        using var response = await api.Send("POST", "/v1/workflows", Token.OfAda, """{"definition":"d"}""", contentType);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("a", 201)]
    [InlineData("!~", 201)]
    [InlineData("", 400)]
    [InlineData("with space", 400)]
    [InlineData("schlüssel", 400)]
    [InlineData("256", 400)]
    [InlineData("255", 201)]
    public async Task An_idempotency_key_is_1_to_255_visible_ASCII_characters(string key, int status)
    {
        var value = int.TryParse(key, null, out var length) ? new string('k', length) : key;

        using var response = await Start("""{"definition":"d"}""", ("Idempotency-Key", value));

        Assert.Equal(status, (int)response.StatusCode);
        if (status == 400)
        {
            Assert.Contains("Idempotency-Key", (await response.Problem(400, "invalid_request")).Places());
        }
    }

    [Theory]
    [InlineData(64 * 1024, 201)]
    [InlineData((64 * 1024) + 1, 413)]
    [InlineData(300 * 1024, 413)]
    public async Task A_body_over_64_KiB_is_413_also_when_it_comes_in_chunks(int size, int status)
    {
        const string Start = """{"definition":"d"}""";
        var body = Encoding.UTF8.GetBytes(Start.PadRight(size));
        foreach (var chunked in new[] { false, true })
        {
            using HttpContent content = chunked ? new ChunkedContent(body) : new ByteArrayContent(body);
            content.Headers.ContentType = new("application/json");

            using var response = await api.Send("POST", "/v1/workflows", Token.OfAda, content);

            Assert.Equal(status, (int)response.StatusCode);
            if (status == 413)
            {
                await response.Problem(413, "payload_too_large");
            }
        }
    }

    private Task<HttpResponseMessage> Start(string body, params (string, string)[] headers) =>
        api.Send("POST", "/v1/workflows", Token.OfAda, body, headers: headers);

    private static string Nested(int levels) =>
        string.Concat(Enumerable.Repeat("{\"a\":", levels - 1)) + "{}" + new string('}', levels - 1);

    private static string Pairs(int count) => $"{{{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"k{i}\":\"v\""))}}}";
}
