using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace SessionGrains.Testing.Hosts;

/// <summary>What a browser can do: one user's token, HTTP, and an SDP offer.</summary>
internal sealed class Browser(Uri api, string token) : IDisposable
{
    public const string IcePassword = "canaryIcePasswordOfABrowser";

    public const string Offer =
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"
        + "a=ice-ufrag:abcd\r\na=ice-pwd:" + IcePassword + "\r\n"
        + "a=fingerprint:sha-256 AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA\r\n"
        + "a=setup:actpass\r\na=rtpmap:111 opus/48000/2\r\na=sendrecv\r\n";

    public const string DataChannel = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sctp-port:5000\r\n";

    private readonly HttpClient http = new() { BaseAddress = api, Timeout = TimeSpan.FromSeconds(40) };

    public string Token => token;

    public static Browser Of(string user, Uri api, string? tenant = "acme", string scope = "voice.start") =>
        new(api, Tokens.For(user, tenant, scope));

    public Task<Answer> Start(string definition, string? key = null, string inputs = """{"customer":"C-17"}""") =>
        Send(HttpMethod.Post, "/v1/workflows", $$"""{"definition":"{{definition}}","inputs":{{inputs}}}""", key);

    /// <summary>Starts a workflow and insists.</summary>
    public async Task<JsonNode> MustStart(string definition, string? key = null)
    {
        var started = await Start(definition, key);
        return started.Status is HttpStatusCode.Created or HttpStatusCode.OK ? started.Json : throw new InvalidOperationException($"{started.Status}: {started.Text}");
    }

    /// <summary>Posts an offer as OpenAI's browser client does; a workflow's call id, or a problem.</summary>
    public async Task<Answer> Connect(JsonNode started, string offer = Offer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/realtime/calls")
        {
            Content = new StringContent(offer, Encoding.UTF8) { Headers = { ContentType = new("application/sdp") } },
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (string)started["client_secret"]!["value"]!);
        return await Answer.Of(await http.SendAsync(request));
    }

    public async Task<JsonNode> View(JsonNode started)
    {
        var answer = await Send(HttpMethod.Get, $"/v1/workflows/{started["id"]}");
        return answer.Status is HttpStatusCode.OK ? answer.Json : throw new InvalidOperationException($"{answer.Status}: {answer.Text}");
    }

    /// <summary>The workflow, or null while the cluster heals.</summary>
    public async Task<JsonNode?> TryView(JsonNode started)
    {
        var answer = await Send(HttpMethod.Get, $"/v1/workflows/{started["id"]}");
        return answer.Status switch
        {
            HttpStatusCode.OK => answer.Json,
            HttpStatusCode.ServiceUnavailable => null,
            _ => throw new InvalidOperationException($"{answer.Status}: {answer.Text}"),
        };
    }

    public Task<Answer> End(JsonNode started) => Send(HttpMethod.Post, $"/v1/workflows/{started["id"]}/end");

    public Task<Answer> Renew(JsonNode started) => Send(HttpMethod.Post, $"/v1/workflows/{started["id"]}/client_secret");

    public Task<Answer> Report(JsonNode started, string call) =>
        Send(HttpMethod.Post, $"/v1/workflows/{started["id"]}/call", $$"""{"call_id":"{{call}}"}""");

    public async Task<Answer> Send(HttpMethod method, string path, string? json = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        return await Answer.Of(await http.SendAsync(request));
    }

    public void Dispose() => http.Dispose();
}

/// <summary>An answer over HTTP.</summary>
internal sealed record Answer(HttpStatusCode Status, string Text, Uri? Location, HttpResponseHeaders Headers)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    /// <summary>The stable code of a problem; null for anything else.</summary>
    public string? Code => Text.StartsWith('{') ? (string?)Json["code"] : null;

    public string? CallId => Location?.OriginalString.Split('/')[^1];

    public static async Task<Answer> Of(HttpResponseMessage response)
    {
        using (response)
        {
            return new(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.Location, response.Headers);
        }
    }
}
