using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>Bad input gets a clear problem, never a server error, and leaves nothing behind.</summary>
public sealed class BadInputTests
{
    private const string Start = "/v1/workflows";
    private const string Call = "/v1/realtime/calls";
    private const string Json = "application/json";
    private const string Sdp = "application/sdp";

    private static readonly string Deep = string.Concat(Enumerable.Repeat("""{"a":""", 5_000));

    private static readonly (string Path, string MediaType, string Body, string? Token)[] Requests =
    [
        (Start, Json, "", null),
        (Start, Json, "{", null),
        (Start, Json, "[]", null),
        (Start, Json, "null", null),
        (Start, Json, "\"text\"", null),
        (Start, Json, """{"definition":7}""", null),
        (Start, Json, """{"definition":""}""", null),
        (Start, Json, """{"definition":"no-such"}""", null),
        (Start, Json, """{"definition":"brokered","definition":"sealed"}""", null),
        (Start, Json, """{"definition":"brokered","mode":"client_secret"}""", null),
        (Start, Json, """{"definition":"brokered","session":{"instructions":"mine"}}""", null),
        (Start, Json, """{"definition":"brokered","inputs":[]}""", null),
        (Start, Json, """{"definition":"brokered","inputs":{"customer":7}}""", null),
        (Start, Json, """{"definition":"brokered","inputs":{"price":1}}""", null),
        (Start, Json, """{"definition":"brokered","metadata":{"a":1}}""", null),
        (Start, Json, """{"definition":"brokered","inputs":""" + Deep, null),
        (Start, Json, $$$"""{"definition":"brokered","metadata":{"a":"{{{new string('x', 70_000)}}}"}}""", null),
        (Start, Json, $$"""{"definition":"{{new string('x', 5_000)}}"}""", null),
        (Start, "text/plain", """{"definition":"brokered"}""", null),
        (Start, Json, """{"definition":"brokered"}""", ""),
        (Start, Json, """{"definition":"brokered"}""", "not.a.token"),
        (Start, Json, """{"definition":"brokered"}""", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."),
        (Start, Json, """{"definition":"brokered"}""", new string('x', 9_000)),
        (Call, Sdp, Browser.Offer, ""),
        (Call, Sdp, Browser.Offer, "ek_sg_" + new string('a', 69)),
        (Call, Sdp, Browser.Offer, "ek_68af296e8e408191a1120ab6383263c2"),
        (Call, Json, Browser.Offer, "ek_sg_" + new string('a', 69)),
        (Call, Sdp, new string('x', 300_000), "ek_sg_" + new string('a', 69)),
        ($"{Start}/garbage/end", Json, "{}", null),
        ($"{Start}/wf_aaaaaaaaaaaaaaaaaaaaaaaaaa/end", Json, "{}", null),
        ($"{Start}/wf_aaaaaaaaaaaaaaaaaaaaaaaaaa/call", Json, """{"call_id":"rtc_x"}""", null),
        ($"{Start}/..%2f..%2fetc/call", Json, """{"call_id":"rtc_x"}""", null),
    ];

    [Fact]
    public async Task Bad_requests_get_problems_and_store_nothing()
    {
        await using var product = await RunningProduct.OneProcess();
        using var http = new HttpClient { BaseAddress = product.Url };

        foreach (var (path, mediaType, body, token) in Requests)
        {
            var answer = await Post(http, path, mediaType, body, token ?? Tokens.For("ada"));
            AssertProblem(answer, $"{path} {mediaType} {body[..Math.Min(60, body.Length)]}");
        }

        Assert.Equal(0L, await product.Scalar("SELECT count(*) FROM orleansstorage"));
        Assert.Equal(0L, await product.Scalar("SELECT count(*) FROM slot"));
        Assert.Empty(await product.OpenAI.Ledger());
    }

    [Fact]
    public async Task A_bad_offer_leaves_the_secret_unused()
    {
        await using var product = await RunningProduct.OneProcess();
        using var browser = product.Browser("ada");
        var started = await browser.MustStart("sealed");
        string[] garbage =
        [
            "", "garbage", "v=0", "v=0\r\nm=audio 9 x", new string('v', 1000), "\0\0\0", "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
        ];

        foreach (var offer in garbage)
        {
            AssertProblem(await browser.Connect(started, offer), offer);
        }

        var withDataChannel = await browser.Connect(started, Browser.Offer + Browser.DataChannel);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "data_channel_not_allowed"), (withDataChannel.Status, withDataChannel.Code));
        Assert.Empty(await product.OpenAI.Ledger());
        Assert.Equal(HttpStatusCode.Created, (await browser.Connect(started)).Status);
        Assert.Equal("client_secret_used", (await browser.Connect(started)).Code);
    }

    private static async Task<Answer> Post(HttpClient http, string path, string mediaType, string body, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(mediaType)) };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        return await Answer.Of(await http.SendAsync(request));
    }

    private static void AssertProblem(Answer answer, string what)
    {
        Assert.True((int)answer.Status is >= 400 and < 500, $"{what} answered {answer.Status}: {answer.Text}");
        var problem = JsonNode.Parse(answer.Text)!;
        Assert.All(["type", "title", "status", "detail", "code", "trace_id"], member => Assert.True(problem[member] is not null, $"{what} has no {member}: {answer.Text}"));
    }
}
