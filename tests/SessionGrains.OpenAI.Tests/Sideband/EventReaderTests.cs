using System.Text;
using System.Text.Json;
using SessionGrains.OpenAI.Sideband;
using Xunit;

namespace SessionGrains.OpenAI.Tests.Sideband;

/// <summary>What a message is read as.</summary>
public sealed class EventReaderTests
{
    /// <summary>What recorded messages of a type are read as; types that are not here are <see cref="SidebandEvent.Other"/>.</summary>
    private static readonly Dictionary<string, Type> Expected = new()
    {
        ["session.updated"] = typeof(SidebandEvent.SessionUpdated),
        ["conversation.item.added"] = typeof(SidebandEvent.ItemAdded),
        ["conversation.item.created"] = typeof(SidebandEvent.ItemAdded),
        ["conversation.item.retrieved"] = typeof(SidebandEvent.ItemRetrieved),
        ["conversation.item.deleted"] = typeof(SidebandEvent.ItemDeleted),
        ["response.output_item.added"] = typeof(SidebandEvent.OutputItemAdded),
        ["response.created"] = typeof(SidebandEvent.ResponseStarted),
        ["response.done"] = typeof(SidebandEvent.ResponseDone),
        ["response.function_call_arguments.done"] = typeof(SidebandEvent.FunctionCall),
        ["input_audio_buffer.speech_started"] = typeof(SidebandEvent.SpeechStarted),
        ["input_audio_buffer.speech_stopped"] = typeof(SidebandEvent.SpeechStopped),
        ["output_audio_buffer.started"] = typeof(SidebandEvent.AudioStarted),
        ["output_audio_buffer.stopped"] = typeof(SidebandEvent.AudioStopped),
        ["output_audio_buffer.cleared"] = typeof(SidebandEvent.AudioStopped),
        ["response.output_text.delta"] = typeof(SidebandEvent.TranscriptDelta),
        ["response.output_audio_transcript.delta"] = typeof(SidebandEvent.TranscriptDelta),
        ["conversation.item.input_audio_transcription.delta"] = typeof(SidebandEvent.TranscriptDelta),
        ["response.output_text.done"] = typeof(SidebandEvent.TranscriptDone),
        ["response.output_audio_transcript.done"] = typeof(SidebandEvent.TranscriptDone),
        ["conversation.item.input_audio_transcription.completed"] = typeof(SidebandEvent.TranscriptionUsage),
        ["rate_limits.updated"] = typeof(SidebandEvent.RateLimits),
        ["error"] = typeof(SidebandEvent.Error),
    };

    public static TheoryData<string> Recorded => [.. Lines("server-events.jsonl"), .. Lines("server-events-more.jsonl")];

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Every_recorded_message_is_read_as_what_it_is(string line)
    {
        using var json = JsonDocument.Parse(line);
        var type = json.RootElement.GetProperty("type").GetString()!;
        var isCall = type == "response.output_item.done" && json.RootElement.GetProperty("item").GetProperty("type").GetString() == "function_call";

        var told = Read(line);

        var expected = isCall ? typeof(SidebandEvent.FunctionCall) : Expected.GetValueOrDefault(type, typeof(SidebandEvent.Other));
        Assert.IsType(expected, told[^1]);
        Assert.Equal(expected != typeof(SidebandEvent.Other), told[^1] is not SidebandEvent.Other);
        Assert.All(told.OfType<SidebandEvent.Other>(), other => Assert.Equal(type, other.Type));
    }

    [Fact]
    public void All_recordings_are_there() => Assert.Equal(69, Recorded.Count);

    [Theory]
    [MemberData(nameof(Recorded))]
    public void A_message_cut_anywhere_or_with_any_value_replaced_is_no_exception(string line)
    {
        foreach (var at in Enumerable.Range(0, line.Length).Where(i => line[i] is '"' or ':' or ',' or '{' or '}'))
        {
            Assert.NotEmpty(Read(line[..at]));
            Assert.NotEmpty(Head(line[..at]));
        }

        foreach (var value in new[] { "null", "7", "-1e400", "[]", "{}", "\"\\ud800\"", "true" })
        {
            foreach (var at in Enumerable.Range(0, line.Length).Where(i => line[i] == ':' && line[i - 1] == '"' && line[i - 2] != '\\'))
            {
                using var json = TryParse(line[..(at + 1)] + value + line[(at + 1 + ValueLength(line[(at + 1)..]))..]);
                Assert.NotEmpty(Read(json?.RootElement.GetRawText() ?? line[..at]));
            }
        }
    }

    [Fact]
    public void A_session_is_read_however_deep_a_schema_in_it_is_and_one_that_is_too_deep_is_not_taken_for_nothing()
    {
        Assert.IsType<SidebandEvent.SessionUpdated>(Read(Session(500))[0]);
        Assert.IsType<SidebandEvent.Unreadable>(Read(Session(2000))[0]);

        static string Session(int depth) => "{\"type\":\"session.updated\",\"session\":{\"tools\":[{\"parameters\":"
            + new StringBuilder().Insert(0, "{\"a\":", depth).Append('1').Append('}', depth) + "}]}}";
    }

    [Fact]
    public void An_item_with_half_a_surrogate_pair_anywhere_in_it_is_read_all_the_same()
    {
        var added = Assert.IsType<SidebandEvent.ItemAdded>(Read(
            """{"type":"conversation.item.added","previous_item_id":"\ud800","item":{"id":"\ud800","type":"message","role":"system","content":[{"type":"input_text","text":"\ud800"}]}}""")[0]);

        Assert.Null(added.PreviousItemId);
        Assert.Equal(("system", null), (added.Item.Text("role"), added.Item.Text("id")));
    }

    [Fact]
    public void Of_a_message_that_is_too_long_an_item_is_known_by_its_beginning()
    {
        const string Item = """{"id":"i","type":"message","status":"completed","role":"user","content":[{"type":"input_audio","audio":"AAAA""";

        var retrieved = Assert.IsType<SidebandEvent.ItemRetrieved>(Head($$"""{"type":"conversation.item.retrieved","event_id":"e","item":{{Item}}""")[0]);
        Assert.Equal(("i", "message", "user"), (retrieved.Item.Text("id"), retrieved.Item.Text("type"), retrieved.Item.Text("role")));
        var added = Assert.IsType<SidebandEvent.ItemAdded>(Head($$"""{"event_id":"e","type":"conversation.item.added","previous_item_id":"h","item":{{Item}}""")[0]);
        Assert.Equal(("i", "h"), (added.Item.Text("id"), added.PreviousItemId));
        Assert.Equal("response.done", Assert.IsType<SidebandEvent.Other>(Head("""{"type":"response.done","response":{"id":"r","type":"x","output":[{"a":"AAAA""")[0]).Type);
    }

    [Theory]
    [InlineData("""{"type":"session.updated","session":{"instructions":"AAAA""")]
    [InlineData("""{"type":"conversation.item.added","pad":"AAAA""")]
    [InlineData("""{"pad":"AAAA""")]
    [InlineData("""[[[""")]
    public void Of_a_message_that_is_too_long_what_its_beginning_does_not_say_is_not_taken_for_nothing(string beginning) =>
        Assert.IsType<SidebandEvent.Unreadable>(Assert.Single(Head(beginning)));

    [Theory]
    [InlineData("incomplete")]
    [InlineData("in_progress")]
    public void A_function_call_that_was_cut_short_is_not_announced(string status)
    {
        var item = $$"""{"id":"item_3","type":"function_call","status":"{{status}}","name":"pay","call_id":"call_1","arguments":"{\"amount\":1"}""";

        Assert.IsType<SidebandEvent.Other>(Assert.Single(Read($$"""{"type":"response.output_item.done","response_id":"resp_1","item":{{item}}}""")));
        var done = Assert.IsType<SidebandEvent.ResponseDone>(Assert.Single(Read(
            $$$"""{"type":"response.done","response":{"id":"resp_1","status":"cancelled","output":[{{{item}}}]}}""")));
        Assert.Empty(done.Calls);
    }

    [Fact]
    public void Items_are_told_with_what_they_follow_who_put_them_out_and_the_call_that_they_are()
    {
        const string Item = """{"id":"item_3","type":"function_call","status":"completed","name":"pay","call_id":"call_1","arguments":"{}"}""";

        Assert.Equal("item_2", Assert.IsType<SidebandEvent.ItemAdded>(Read($$"""{"type":"conversation.item.added","previous_item_id":"item_2","item":{{Item}}}""")[0]).PreviousItemId);
        Assert.Equal(
            new SidebandEvent.OutputItemAdded("resp_1", "item_3"), Read($$"""{"type":"response.output_item.added","response_id":"resp_1","item":{{Item}}}""")[0]);
        Assert.Equal(
            new SidebandEvent.FunctionCall("call_1", "pay", "{}", null, "item_3"),
            Assert.IsType<SidebandEvent.ItemRetrieved>(Read($$"""{"type":"conversation.item.retrieved","item":{{Item}}}""")[0]).Call);
        Assert.Null(Assert.IsType<SidebandEvent.ItemRetrieved>(Read(
            $$"""{"type":"conversation.item.retrieved","item":{{Item.Replace("completed", "in_progress", StringComparison.Ordinal)}}}""")[0]).Call);
        Assert.Equal(new SidebandEvent.ItemDeleted("item_3"), Read("""{"type":"conversation.item.deleted","item_id":"item_3"}""")[0]);
    }

    [Theory]
    [InlineData(""" "conversation_id":null, """, true)]
    [InlineData(""" "conversation_id":"conv_1", """, false)]
    [InlineData("", false)]
    public void A_response_beside_the_conversation_is_told_apart_and_calls_nothing(string conversation, bool isAside)
    {
        var call = """{"id":"i1","type":"function_call","status":"completed","name":"a","call_id":"c1","arguments":"{}"}""";

        Assert.Equal(isAside, Assert.IsType<SidebandEvent.ResponseStarted>(Read($$$"""{"type":"response.created","response":{ {{{conversation}}} "id":"r"}}""")[0]).IsAside);
        var told = Read($$$"""{"type":"response.done","response":{ {{{conversation}}} "id":"r","status":"completed","output":[{{{call}}}]}}""");
        Assert.IsType<SidebandEvent.ResponseDone>(told[^1]);
        Assert.Equal(isAside ? 1 : 2, told.Count);
    }

    [Fact]
    public void Several_calls_of_a_response_are_told_before_its_end()
    {
        var told = Read("""
            {"type":"response.done","response":{"id":"resp_1","status":"completed","output":[
              {"id":"i1","type":"function_call","status":"completed","name":"a","call_id":"c1","arguments":"{}"},
              {"id":"i2","type":"message","status":"completed"},
              {"id":"i3","type":"function_call","status":"completed","name":"b","call_id":"c2","arguments":""}]}}
            """);

        Assert.Equal(
            [new SidebandEvent.FunctionCall("c1", "a", "{}", "resp_1", "i1"), new SidebandEvent.FunctionCall("c2", "b", "", "resp_1", "i3")],
            told.OfType<SidebandEvent.FunctionCall>());
        Assert.Equal(["c1", "c2"], Assert.IsType<SidebandEvent.ResponseDone>(told[^1]).Calls.Select(call => call.CallId));
    }

    [Fact]
    public void Usage_is_read_with_all_its_details()
    {
        var done = Assert.IsType<SidebandEvent.ResponseDone>(Read("""
            {"type":"response.done","response":{"id":"r","status":"completed","usage":{"total_tokens":3,"input_tokens":100,"output_tokens":50,
              "input_token_details":{"text_tokens":60,"audio_tokens":30,"image_tokens":10,"cached_tokens":16,"cached_tokens_details":{"text_tokens":9,"audio_tokens":5,"image_tokens":2}},
              "output_token_details":{"text_tokens":20,"audio_tokens":30}}}}
            """)[^1]);

        Assert.Equal(new Usage(100, 50, 60, 30, 10, 9, 5, 2, 20, 30, 0), done.Usage);
    }

    [Fact]
    public void A_transcription_is_paid_by_time_or_by_tokens()
    {
        const string Start = """{"type":"conversation.item.input_audio_transcription.completed","item_id":"i","transcript":"Hi.","usage":""";

        Assert.Equal("i", Assert.IsType<SidebandEvent.TranscriptionUsage>(Read(Start + """{"type":"duration","seconds":3}}""")[^1]).ItemId);
        Assert.Equal(Usage.None with { Seconds = 3 }, Assert.IsType<SidebandEvent.TranscriptionUsage>(Read(Start + """{"type":"duration","seconds":3}}""")[^1]).Usage);
        Assert.Equal(
            Usage.None with { InputTokens = 13, InputAudio = 13, OutputTokens = 9, OutputText = 9 },
            Assert.IsType<SidebandEvent.TranscriptionUsage>(Read(
                Start + """{"type":"tokens","total_tokens":22,"input_tokens":13,"input_token_details":{"text_tokens":0,"audio_tokens":13},"output_tokens":9}}""")[^1]).Usage);
    }

    [Fact]
    public void Usage_is_summed_member_by_member() =>
        Assert.Equal(
            new Usage(11, 22, 33, 44, 55, 66, 77, 88, 99, 110, 1.5),
            new Usage(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0.5) + new Usage(10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 1));

    [Theory]
    [MemberData(nameof(Recorded))]
    public void The_text_of_an_event_shows_its_kind_only(string line) =>
        Assert.All(Read(line), told => Assert.Equal(told.GetType().Name, told.ToString()));

    private static IEnumerable<string> Lines(string file) => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "TestData", file));

    private static IReadOnlyList<SidebandEvent> Head(string text) => EventReader.Read(new Message(Encoding.UTF8.GetBytes(text), IsWhole: false));

    private static IReadOnlyList<SidebandEvent> Read(string text) => EventReader.Read(new Message(Encoding.UTF8.GetBytes(text), IsWhole: true));

    private static JsonDocument? TryParse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int ValueLength(string rest)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(rest), isFinalBlock: false, default);
        reader.Read();
        return reader.TrySkip() ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(rest)[..(int)reader.BytesConsumed]).Length : 0;
    }
}
