using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SessionGrains.Emulator;
using SessionGrains.OpenAI.Sideband;
using Xunit;

namespace SessionGrains.OpenAI.Tests.Sideband;

/// <summary>The sideband client as a host wires it, and an emulator for it, or any other address.</summary>
internal sealed class SidebandLab : IAsyncDisposable
{
    public const string Key = "sk-emulator";

    public const string Offer = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
        + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n";

    private readonly EmulatorHost? _emulator;
    private readonly string _baseUrl;
    private readonly ServiceProvider _services;
    private readonly HttpClient _http = new();

    private SidebandLab(EmulatorHost? emulator, string baseUrl, string key, Action<SidebandOptions>? configure)
    {
        (_emulator, _baseUrl) = (emulator, baseUrl);
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("OPENAI_BASE_URL", baseUrl), new("OPENAI_API_KEY", key)])
            .Build();
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Log))
            .AddOpenAI();
        services.Configure(configure ?? (_ => { }));
        _services = services.BuildServiceProvider();
        Client = _services.GetRequiredService<ISidebandClient>();
    }

    public ISidebandClient Client { get; }

    public LogLines Log { get; } = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<SidebandLab> Start(string key = Key, Action<SidebandOptions>? configure = null)
    {
        var emulator = await EmulatorHost.StartAsync(new EmulatorOptions { ApiKeys = { "sk-other" } }, Cancellation);
        return new(emulator, emulator.BaseUrl.ToString(), key, configure);
    }

    public static SidebandLab At(string baseUrl, Action<SidebandOptions>? configure = null) => new(null, baseUrl, Key, configure);

    public async Task<string> Call(string session = """{"type":"realtime","model":"gpt-realtime-2.1"}""", string key = Key)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent(Offer, new MediaTypeHeaderValue("application/sdp")), "\"sdp\"" },
            { new StringContent(session, new MediaTypeHeaderValue("application/json")), "\"session\"" },
        };
        return await Create(key, form);
    }

    /// <summary>A call that a browser made with a client secret.</summary>
    public async Task<(string CallId, string Secret)> BrowserCall()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_emulator!.BaseUrl}/realtime/client_secrets")
        {
            Headers = { Authorization = new("Bearer", Key) },
            Content = JsonContent.Create(new { session = new { type = "realtime" } }),
        };
        using var response = await _http.SendAsync(request, Cancellation);
        var secret = (await response.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!["value"]!.GetValue<string>();
        using var offer = new StringContent(Offer, new MediaTypeHeaderValue("application/sdp"));
        return (await Create(secret, offer), secret);
    }

    public async Task<ISideband> Attach(string callId, string? secret = null) =>
        Assert.IsType<AttachReply.Attached>(await Client.AttachAsync(callId, secret, Cancellation)).Sideband;

    public async Task<ProviderFault> FailToAttach(string callId, string? secret = null) =>
        Assert.IsType<AttachReply.Failed>(await Client.AttachAsync(callId, secret, Cancellation)).Fault;

    public async Task Control(string path, string json = "{}")
    {
        using var content = new StringContent(json, new MediaTypeHeaderValue("application/json"));
        using var response = await _http.PostAsync(new Uri(_emulator!.ControlUrl, path), content, Cancellation);
        response.EnsureSuccessStatusCode();
    }

    public async Task<IReadOnlyList<JsonObject>> Ledger(string kind)
    {
        var entries = await _http.GetFromJsonAsync<JsonArray>(new Uri(_emulator!.ControlUrl, "ledger"), Cancellation);
        return [.. entries!.Select(entry => entry!.AsObject()).Where(entry => entry["kind"]!.GetValue<string>() == kind)];
    }

    /// <summary>Waits until the ledger has so many of a kind; the emulator acts on its own time.</summary>
    public async Task<IReadOnlyList<JsonObject>> Eventually(string kind, int count = 1)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        using var knock = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        IReadOnlyList<JsonObject> found;
        do
        {
            await knock.WaitForNextTickAsync(limit.Token);
            found = await Ledger(kind);
        }
        while (found.Count < count);

        return found;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _services.DisposeAsync();
        if (_emulator is not null)
        {
            await _emulator.DisposeAsync();
        }
    }

    private async Task<string> Create(string bearer, HttpContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_baseUrl}/realtime/calls")
        {
            Headers = { Authorization = new("Bearer", bearer) },
            Content = content,
        };
        using var response = await _http.SendAsync(request, Cancellation);
        response.EnsureSuccessStatusCode();
        return response.Headers.Location!.ToString().Split('/')[^1];
    }
}
