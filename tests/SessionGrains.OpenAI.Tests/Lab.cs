using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using SessionGrains.Emulator;
using SessionGrains.OpenAI.Sideband;
using Xunit;

namespace SessionGrains.OpenAI.Tests;

/// <summary>Our client as a host wires it, speaking real HTTP to an emulator or to any other address.</summary>
internal sealed class Lab : IAsyncDisposable
{
    public const string Key = "sk-emulator";

    public const string Offer = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
        + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n";

    public const string Session = """{"type":"realtime","model":"gpt-realtime-2.1","instructions":"Grüße \"C-17\" <b>&amp; 1.50","audio":{"output":{"voice":"marin"}},"max_output_tokens":1024}""";

    public static readonly TimeSpan Ttl = TimeSpan.FromSeconds(30);

    private readonly EmulatorHost? _emulator;
    private readonly ServiceProvider _services;
    private readonly HttpClient _http = new();

    private Lab(EmulatorHost? emulator, string baseUrl, (string Name, string? Value)[] settings, TimeSpan? timeout)
    {
        _emulator = emulator;
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("OPENAI_BASE_URL", baseUrl), .. settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value))])
            .Build();
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton<TimeProvider>(Clock)
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Logs))
            .AddOpenAI();
        if (timeout is { } shortly)
        {
            services.Configure<OpenAIOptions>(options => (options.CreateTimeout, options.HangUpTimeout) = (shortly, shortly));
        }

        _services = services.BuildServiceProvider();
        Client = _services.GetRequiredService<IRealtimeClient>();
    }

    public IRealtimeClient Client { get; }

    public ISidebandClient Sidebands => _services.GetRequiredService<ISidebandClient>();

    /// <summary>The emulator's port, which tells this lab's requests from others'.</summary>
    public int Port => _emulator!.BaseUrl.Port;

    /// <summary>The clock that the key file is looked at by.</summary>
    public FakeTimeProvider Clock { get; } = new();

    public Logs Logs { get; } = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A client with an emulator. The key is the emulator's unless the settings name another one.</summary>
    public static async Task<Lab> Start(TimeSpan? timeout = null, EmulatorOptions? emulator = null, params (string Name, string? Value)[] settings)
    {
        var host = await EmulatorHost.StartAsync(emulator, Cancellation);
        return new(host, host.BaseUrl.ToString(), settings.Length > 0 ? settings : [("OPENAI_API_KEY", Key)], timeout);
    }

    /// <summary>A client of some other address.</summary>
    public static Lab At(string baseUrl, TimeSpan? timeout = null, params (string Name, string? Value)[] settings) =>
        new(null, baseUrl, settings.Length > 0 ? settings : [("OPENAI_API_KEY", Key)], timeout);

    public Task<Reply<MintedSecret>> Mint(string session = Session, CancellationToken? cancellation = null) =>
        Client.MintAsync(session, Ttl, "user-hash", cancellation ?? Cancellation);

    public Task<Reply<CreatedCall>> Create(string offer = Offer, string session = Session) =>
        Client.CreateCallAsync(offer, session, "user-hash", Cancellation);

    public Task<HangUpReply> HangUp(string call, string? secret = null) => Client.HangUpAsync(call, secret, Cancellation);

    public async Task<MintedSecret> Minted() => Assert.IsType<Reply<MintedSecret>.Done>(await Mint()).Value;

    public async Task<CreatedCall> Created() => Assert.IsType<Reply<CreatedCall>.Done>(await Create()).Value;

    /// <summary>A call that a browser creates with a minted secret; answers its id.</summary>
    public async Task<string> CreateAsBrowser(MintedSecret secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_emulator!.BaseUrl}/realtime/calls")
        {
            Headers = { Authorization = new("Bearer", secret.Value) },
            Content = new StringContent(Offer, new System.Net.Http.Headers.MediaTypeHeaderValue("application/sdp")),
        };
        using var response = await _http.SendAsync(request, Cancellation);
        return response.Headers.Location!.ToString().Split('/')[^1];
    }

    public async Task Fault(string json)
    {
        using var response = await _http.PostAsync(new Uri(_emulator!.ControlUrl, "faults"), Json(json), Cancellation);
        response.EnsureSuccessStatusCode();
    }

    public async Task Settings(string json)
    {
        using var response = await _http.PostAsync(new Uri(_emulator!.ControlUrl, "settings"), Json(json), Cancellation);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>All that the emulator received and did.</summary>
    public async Task<IReadOnlyList<JsonObject>> Ledger(string? kind = null)
    {
        var entries = await _http.GetFromJsonAsync<JsonArray>(new Uri(_emulator!.ControlUrl, "ledger"), Cancellation);
        return [.. entries!.Select(entry => entry!.AsObject()).Where(entry => kind is null || entry["kind"]!.GetValue<string>() == kind)];
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

    private static StringContent Json(string text) => new(text, new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
}
