using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using SessionGrains.Emulator;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Sideband;
using SessionGrains.OpenAI;
using SessionGrains.OpenAI.Sideband;
using Xunit;

namespace SessionGrains.Grains.Tests.Sideband;

/// <summary>A call at an emulator of its own, with a real WebSocket and the real clock.</summary>
internal sealed class EmulatedCall : IAsyncDisposable
{
    private const string Key = "sk-emulator";

    private const string Offer = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
        + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
        + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sctp-port:5000\r\n";

    private readonly EmulatorHost _emulator;
    private readonly ServiceProvider _services;
    private readonly HttpClient _http = new();
    private readonly List<OwnerLab> _formers = [];
    private int _term;

    private EmulatedCall(EmulatorHost emulator)
    {
        _emulator = emulator;
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("OPENAI_BASE_URL", emulator.BaseUrl.ToString()), new("OPENAI_API_KEY", Key)])
            .Build();
        _services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddOpenAI().BuildServiceProvider();
        Lab = NewLab();
    }

    public OwnerLab Lab { get; private set; }

    public CallPlan Plan { get; private set; } = Plans.Brokered;

    public string Secret { get; private set; } = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts an emulator with a call that we created, or a browser did.</summary>
    public static async Task<EmulatedCall> Begin(ConnectionMode mode = ConnectionMode.Brokered, Guard guard = Guard.Revert)
    {
        var made = new EmulatedCall(await EmulatorHost.StartAsync(cancellationToken: Cancellation));
        var callId = mode is ConnectionMode.ClientSecret ? await made.CreateAsBrowser() : await made.Create();
        made.Plan = Plans.Brokered with { Call = CallId.Parse(callId), Mode = mode, Guard = guard };
        return made;
    }

    public async Task Hold(CallPlan? plan = null)
    {
        Lab.Hold(plan ?? Plan, Secret.Length > 0 ? [Secret] : []);
        await Lab.Is(Control.Full);
    }

    /// <summary>Another silo takes over.</summary>
    public async Task TakeOver(params UnansweredCall[] unanswered)
    {
        await Lab.DisposeAsync();
        await HoldNext(unanswered);
    }

    /// <summary>Another silo takes over, and the owner before does not know it: it was frozen, or is cut off from the others.</summary>
    public async Task<OwnerLab> Join(params UnansweredCall[] unanswered)
    {
        var former = Lab;
        _formers.Add(former);
        await HoldNext(unanswered);
        return former;
    }

    /// <summary>Something about the call on the emulator's control surface.</summary>
    public async Task Tell(string path, string json = "{}")
    {
        using var content = new StringContent(json, new MediaTypeHeaderValue("application/json"));
        using var response = await _http.PostAsync(new Uri(_emulator.ControlUrl, path), content, Cancellation);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    public Task Call(string what, string json = "{}") => Tell($"calls/{Plan.Call}/{what}", json);

    /// <summary>The model responds as soon as it may.</summary>
    public Task Respond(string json) => Workflows.Lab.Eventually(async () =>
    {
        using var content = new StringContent(json, new MediaTypeHeaderValue("application/json"));
        using var response = await _http.PostAsync(new Uri(_emulator.ControlUrl, $"calls/{Plan.Call}/respond"), content, Cancellation);
        return response.IsSuccessStatusCode;
    });

    public Task Browser(string clientEvent) => Call("browser_events", clientEvent);

    /// <summary>The session as it is now.</summary>
    public async Task<JsonObject> Session() =>
        (await _http.GetFromJsonAsync<JsonObject>(new Uri(_emulator.ControlUrl, $"calls/{Plan.Call}/session"), Cancellation))!;

    public async Task<IReadOnlyList<JsonObject>> Ledger(string kind)
    {
        var entries = await _http.GetFromJsonAsync<JsonArray>(new Uri(_emulator.ControlUrl, "ledger"), Cancellation);
        return [.. entries!.Select(entry => entry!.AsObject()).Where(entry => (string?)entry["kind"] == kind)];
    }

    /// <summary>What we sent of one type.</summary>
    public async Task<IReadOnlyList<JsonObject>> Sent(string type) =>
        [.. (await Ledger("event.received")).Where(entry => (string?)entry["details"]!["from"] == "sideband" && (string?)entry["details"]!["type"] == type)
            .Select(entry => entry["details"]!["event"]!.AsObject())];

    public async Task<IReadOnlyList<JsonObject>> Outputs() =>
        [.. (await Sent("conversation.item.create")).Select(sent => sent["item"]!.AsObject()).Where(item => (string?)item["type"] == "function_call_output")];

    /// <summary>Waits until so many responses are over; the last of them.</summary>
    public async Task<JsonObject> Responses(int count)
    {
        IReadOnlyList<JsonObject> done = [];
        await Workflows.Lab.Eventually(
            async () => (done = await Ledger("response.done")).Count >= count,
            async () => $"{done.Count} of {count} responses.\n{string.Join('\n', (await Ledger("event.received")).Select(entry => entry.ToJsonString()))}\n{Lab.Logs.Text}");
        return done[count - 1]["details"]!["event"]!["response"]!.AsObject();
    }

    /// <summary>What a response said.</summary>
    public static string? Words(JsonObject response) => (string?)response["output"]![0]!["content"]?[0]?["transcript"];

    public async ValueTask DisposeAsync()
    {
        foreach (var lab in _formers.Append(Lab))
        {
            await lab.DisposeAsync();
        }

        _http.Dispose();
        await _services.DisposeAsync();
        await _emulator.DisposeAsync();
    }

    private async Task HoldNext(UnansweredCall[] unanswered)
    {
        Lab = NewLab();
        await Hold(Plan with { IsTakeover = true, Term = ++_term, Unanswered = [.. unanswered] });
    }

    private OwnerLab NewLab() => new(_services.GetRequiredService<ISidebandClient>(), TimeProvider.System);

    private async Task<string> Create()
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent(Offer, new MediaTypeHeaderValue("application/sdp")), "\"sdp\"" },
            { new StringContent(Plans.Brokered.Session.ToJsonString(), new MediaTypeHeaderValue("application/json")), "\"session\"" },
        };
        return await Create(Key, form);
    }

    private async Task<string> CreateAsBrowser()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_emulator.BaseUrl}/realtime/client_secrets")
        {
            Headers = { Authorization = new("Bearer", Key) },
            Content = JsonContent.Create(new JsonObject { ["session"] = Plans.Brokered.Session.DeepClone() }),
        };
        using var response = await _http.SendAsync(request, Cancellation);
        Secret = (string)(await response.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!["value"]!;
        using var offer = new StringContent(Offer, new MediaTypeHeaderValue("application/sdp"));
        return await Create(Secret, offer);
    }

    private async Task<string> Create(string bearer, HttpContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_emulator.BaseUrl}/realtime/calls")
        {
            Headers = { Authorization = new("Bearer", bearer) },
            Content = content,
        };
        using var response = await _http.SendAsync(request, Cancellation);
        response.EnsureSuccessStatusCode();
        return response.Headers.Location!.ToString().Split('/')[^1];
    }
}
