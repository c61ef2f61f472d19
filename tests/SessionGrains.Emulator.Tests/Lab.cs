using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Tests;

/// <summary>An emulator and what a test says to it: HTTP only, as any client would.</summary>
internal sealed class Lab : IAsyncDisposable
{
    public const string Key = "sk-emulator";

    public const string AudioOffer = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n" + AudioSection;

    public const string Offer = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n" + AudioSection
        + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sctp-port:5000\r\n";

    private const string AudioSection = "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n"
        + "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\n";

    private readonly EmulatorHost host;

    private Lab(EmulatorHost host) => this.host = host;

    public HttpClient Http { get; } = new();

    public Uri BaseUrl => host.BaseUrl;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<Lab> Start(EmulatorOptions? options = null) => new(await EmulatorHost.StartAsync(options, Cancellation));

    public Uri Api(string path) => new($"{host.BaseUrl}/{path}");

    public async Task<Reply> Send(HttpMethod method, Uri url, string? bearer = null, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, url) { Content = content };
        if (bearer is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }

        using var response = await Http.SendAsync(request, Cancellation);
        return await Reply.Of(response);
    }

    public Task<Reply> Mint(JsonNode? body = null, string? key = Key) => Send(
        HttpMethod.Post, Api("realtime/client_secrets"), key, Body(body ?? new JsonObject { ["session"] = new JsonObject { ["type"] = "realtime" } }));

    public async Task<string> MintValue(JsonNode? body = null) => (await Mint(body)).Json["value"]!.GetValue<string>();

    public Task<Reply> CallWithSecret(string secret, string offer = Offer) => Send(
        HttpMethod.Post, Api("realtime/calls"), secret, new StringContent(offer, new MediaTypeHeaderValue("application/sdp")));

    public async Task<Reply> CallWithKey(JsonObject? session = null, string offer = Offer, bool asFiles = false, string key = Key)
    {
        using var form = new MultipartFormDataContent();
        var sdp = new StringContent(offer, new MediaTypeHeaderValue("application/sdp"));
        var json = Body(session ?? new JsonObject { ["type"] = "realtime", ["model"] = "gpt-realtime-2.1" });
        if (asFiles)
        {
            form.Add(sdp, "\"sdp\"", "offer.sdp");
            form.Add(json, "\"session\"", "session.json");
        }
        else
        {
            form.Add(sdp, "\"sdp\"");
            form.Add(json, "\"session\"");
        }

        return await Send(HttpMethod.Post, Api("realtime/calls"), key, form);
    }

    public async Task<string> CreateCall(JsonObject? session = null, string offer = Offer) =>
        (await CallWithKey(session, offer)).CallId;

    public Task<Reply> HangUp(string callId, string key = Key) => Send(HttpMethod.Post, Api($"realtime/calls/{callId}/hangup"), key);

    public Task<Reply> Control(HttpMethod method, string path, JsonNode? body = null) =>
        Send(method, new Uri(host.ControlUrl, path), content: body is null ? null : Body(body));

    public Task<Reply> Fault(JsonObject fault) => Control(HttpMethod.Post, "faults", fault);

    public Task<Reply> Settings(JsonObject settings) => Control(HttpMethod.Post, "settings", settings);

    public async Task<IReadOnlyList<JsonObject>> Ledger(string? kind = null) =>
        [.. (await Control(HttpMethod.Get, "ledger")).Array.Select(e => e!.AsObject()).Where(e => kind is null || e["kind"]!.GetValue<string>() == kind)];

    /// <summary>Waits until the ledger has such an entry; the emulator acts on its own time after a reply.</summary>
    public async Task<JsonObject> Eventually(string kind, Func<JsonObject, bool>? condition = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(15));
        using var knock = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        do
        {
            if ((await Ledger(kind)).FirstOrDefault(e => condition?.Invoke(e) ?? true) is { } found)
            {
                return found;
            }
        }
        while (await knock.WaitForNextTickAsync(limit.Token));

        throw new InvalidOperationException($"No {kind} in the ledger.");
    }

    public static StringContent Body(JsonNode json) => new(json.ToJsonString(), new MediaTypeHeaderValue("application/json"));

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await host.DisposeAsync();
    }
}
