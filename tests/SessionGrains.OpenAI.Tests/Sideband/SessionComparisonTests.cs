using System.Text.Json;
using System.Text.Json.Nodes;
using SessionGrains.OpenAI.Sideband;
using Xunit;

namespace SessionGrains.OpenAI.Tests.Sideband;

/// <summary>Where a session departs from the one that we set.</summary>
public sealed class SessionComparisonTests
{
    private const string Effective = """
        {"type":"realtime","object":"realtime.session","id":"sess_1","model":"gpt-realtime-2025-08-28","output_modalities":["audio"],
         "instructions":"Be kind.","tools":[
           {"type":"function","name":"lookup","description":"d","parameters":{"type":"object","properties":{"id":{"type":"integer"}}}},
           {"type":"mcp","server_label":"orders","server_url":"https://example.com/mcp","authorization":null,"require_approval":"never"}],
         "tool_choice":"auto","max_output_tokens":1024,"tracing":null,"truncation":{"type":"retention_ratio","retention_ratio":0.800000011920929},
         "prompt":null,"expires_at":1785460927,
         "audio":{"input":{"transcription":null,"turn_detection":{"type":"server_vad","threshold":0.5,"create_response":true}},"output":{"voice":"marin","speed":1.0}}}
        """;

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"type":"realtime","instructions":"Be kind.","model":"gpt-realtime"}""")]
    [InlineData("""{"tracing":"","prompt":null,"include":[]}""")]
    [InlineData("""{"audio":{"output":{"speed":1}},"truncation":{"type":"retention_ratio","retention_ratio":0.8}}""")]
    [InlineData("""{"audio":{"input":{"transcription":null,"turn_detection":{"type":"server_vad"}}}}""")]
    [InlineData("""{"tools":[{"type":"function","name":"lookup"},{"type":"mcp","server_label":"orders","authorization":"hidden","headers":{"a":"b"}}]}""")]
    [InlineData("""{"tools":[{"type":"mcp","server_label":"orders"},{"type":"function","name":"lookup","parameters":{"properties":{"id":{"type":"integer"}},"type":"object"}}]}""")]
    [InlineData("""{"audio":{},"tracing":{}}""")]
    public void What_OpenAI_fills_in_is_no_departure(string expected) => Assert.Empty(Differs(expected));

    [Fact]
    public void Half_a_surrogate_pair_is_a_departure_and_no_exception()
    {
        using var effective = JsonDocument.Parse("""{"instructions":"\ud800","tools":[{"type":"function","name":"lookup","parameters":{"title":"\ud800"}}],"tracing":"\ud800"}""");

        Assert.Equal(
            ["$.instructions", "$.tools[0].parameters", "$.tracing"],
            SessionComparison.Differs(effective.RootElement, JsonNode.Parse(
                """{"instructions":"Be kind.","tools":[{"type":"function","name":"lookup","parameters":{"title":"a"}}],"tracing":null}""")!.AsObject()));
    }

    [Fact]
    public void A_number_that_cannot_be_compared_is_a_departure_and_no_exception()
    {
        using var effective = JsonDocument.Parse("""{"tools":[{"type":"function","name":"lookup","parameters":{"minimum":1e-99999999999}}]}""");

        Assert.Equal(
            ["$.tools[0].parameters"],
            SessionComparison.Differs(effective.RootElement, JsonNode.Parse("""{"tools":[{"type":"function","name":"lookup","parameters":{"minimum":1}}]}""")!.AsObject()));
    }

    [Theory]
    [InlineData("""{"instructions":"Be rude."}""", "$.instructions")]
    [InlineData("""{"instructions":""}""", "$.instructions")]
    [InlineData("""{"model":"gpt-realtime-2.1"}""", "$.model")]
    [InlineData("""{"max_output_tokens":"inf"}""", "$.max_output_tokens")]
    [InlineData("""{"max_output_tokens":1025}""", "$.max_output_tokens")]
    [InlineData("""{"output_modalities":["text"]}""", "$.output_modalities[0]")]
    [InlineData("""{"prompt":{"id":"p"}}""", "$.prompt")]
    [InlineData("""{"tools":[]}""", "$.tools")]
    [InlineData("""{"tools":[{"type":"function","name":"lookup"}]}""", "$.tools")]
    [InlineData("""{"tools":[{"type":"function","name":"lookup"},{"type":"function","name":"pay"}]}""", "$.tools[1]")]
    [InlineData("""{"tools":[{"type":"function","name":"lookup","description":"e"},{"type":"mcp","server_label":"orders"}]}""", "$.tools[0].description")]
    [InlineData("""{"tools":[{"type":"function","name":"lookup"},{"type":"mcp","server_label":"orders","server_url":"https://evil"}]}""", "$.tools[1].server_url")]
    [InlineData("""{"tools":[{"type":"function","name":"lookup","parameters":{"type":"object"}},{"type":"mcp","server_label":"orders"}]}""", "$.tools[0].parameters")]
    [InlineData("""{"audio":{"input":{"turn_detection":{"create_response":false}}}}""", "$.audio.input.turn_detection.create_response")]
    [InlineData("""{"audio":{"input":{"turn_detection":null}}}""", "$.audio.input.turn_detection")]
    [InlineData("""{"audio":{"input":{"transcription":{"model":"whisper-1"}}}}""", "$.audio.input.transcription")]
    [InlineData("""{"audio":{"output":{"voice":"cedar"}},"tool_choice":"none"}""", "$.audio.output.voice,$.tool_choice")]
    public void A_member_that_we_set_and_that_is_otherwise_is_named(string expected, string paths) =>
        Assert.Equal(paths, string.Join(',', Differs(expected)));

    [Fact]
    public void Something_that_is_no_session_departs_as_a_whole()
    {
        using var odd = JsonDocument.Parse("7");

        Assert.Equal(["$"], SessionComparison.Differs(odd.RootElement, new JsonObject { ["type"] = "realtime" }));
    }

    private static IReadOnlyList<string> Differs(string expected)
    {
        using var effective = JsonDocument.Parse(Effective);
        return SessionComparison.Differs(effective.RootElement, JsonNode.Parse(expected)!.AsObject());
    }
}
