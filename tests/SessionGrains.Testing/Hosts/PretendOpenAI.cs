using System.Net.Http.Json;
using System.Text.Json.Nodes;
using SessionGrains.Emulator;

namespace SessionGrains.Testing.Hosts;

/// <summary>The emulator as the other side, and its ledger as the truth. It outlives every silo that a test kills.</summary>
internal sealed class PretendOpenAI : IAsyncDisposable
{
    public const string Key = "sk-emulator";

    private readonly IAsyncDisposable emulator;
    private readonly HttpClient control;

    private PretendOpenAI(IAsyncDisposable emulator, Uri baseUrl, Uri controlUrl)
    {
        this.emulator = emulator;
        BaseUrl = baseUrl;
        control = new HttpClient { BaseAddress = controlUrl };
    }

    public Uri BaseUrl { get; }

    public Dictionary<string, string> Configuration => new()
    {
        ["OPENAI_API_KEY"] = Key,
        ["OPENAI_BASE_URL"] = BaseUrl.ToString(),
    };

    /// <summary>Starts one inside the test's own process.</summary>
    public static async Task<PretendOpenAI> StartAsync(string key = Key)
    {
        var emulator = await EmulatorHost.StartAsync(new EmulatorOptions { ApiKeys = { key } });
        return new(emulator, emulator.BaseUrl, emulator.ControlUrl);
    }

    /// <summary>Starts one as a process of its own, with its ledger in a file that is synced before any reply leaves.</summary>
    /// <param name="at">Where it listens; a free port on loopback unless given.</param>
    public static async Task<PretendOpenAI> StartProcessAsync(string ledgerFile, Uri? at = null)
    {
        var emulator = HostProcess.Launch("Emulator", [new("Emulator__LedgerFile", ledgerFile)], at);
        await emulator.IsReadyAsync("/_emulator/clock");
        return new(emulator, new(emulator.Url, "/v1"), new(emulator.Url, "/_emulator/"));
    }

    public Task Fault(string json) => Send("faults", json);

    public Task Set(string json) => Send("settings", json);

    public async Task Heal() => (await control.DeleteAsync("faults")).EnsureSuccessStatusCode();

    public async Task<List<JsonNode>> Ledger(string? kind = null) =>
        [.. (await control.GetFromJsonAsync<JsonArray>("ledger"))!.Select(entry => entry!).Where(entry => kind is null || (string)entry["kind"]! == kind)];

    public async Task<List<string>> LiveCalls() =>
        [.. (await control.GetFromJsonAsync<JsonArray>("calls"))!.Where(call => (string)call!["state"]! == "live").Select(call => (string)call!["call_id"]!)];

    /// <summary>When OpenAI accepted the hang-up of a call; null while it did not.</summary>
    public async Task<DateTimeOffset?> HungUpAt(string call) =>
        (await Ledger("call.hangup")).FirstOrDefault(entry => (string?)entry["call_id"] == call && (int)entry["status"]! == 200) is { } entry
            ? DateTimeOffset.Parse((string)entry["at"]!, null)
            : null;

    /// <summary>The model does this now, in a call without an active response.</summary>
    public Task Respond(string call, string turn) => Send($"calls/{call}/respond", turn);

    /// <summary>What the model will do, turn by turn.</summary>
    public Task Play(string call, string turns) => Send($"calls/{call}/turns", $$"""{"turns":{{turns}}}""");

    /// <summary>The user says something.</summary>
    public Task Speak(string call, string words) => Send($"calls/{call}/speech", new JsonObject { ["transcript"] = words }.ToJsonString());

    /// <summary>The browser sends a client event over its data channel.</summary>
    public Task Tamper(string call, string clientEvent) => Send($"calls/{call}/browser_events", clientEvent);

    /// <summary>The browser's end of a call closes.</summary>
    public Task Leave(string call) => Send($"calls/{call}/end", "{}");

    /// <summary>The session of a call as the model has it.</summary>
    public async Task<JsonNode> Session(string call) => (await control.GetFromJsonAsync<JsonNode>($"calls/{call}/session"))!;

    /// <summary>What a sideband put into calls as answers to function calls: call id of the function call, output.</summary>
    public async Task<List<(string CallId, string Output)>> Outputs(string? call = null) =>
        [.. (await Ledger("event.received"))
            .Where(entry => (string?)entry["details"]!["from"] == "sideband" && (call is null || (string?)entry["call_id"] == call))
            .Select(entry => entry["details"]!["event"]!["item"])
            .Where(item => (string?)item?["type"] == "function_call_output")
            .Select(item => ((string)item!["call_id"]!, (string)item["output"]!))];

    /// <summary>A browser's own call, created with OpenAI's secret.</summary>
    public static async Task<string> Call(JsonNode started)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, (string)started["connection"]!["url"]!)
        {
            Content = new StringContent(Browser.Offer, new System.Net.Http.Headers.MediaTypeHeaderValue("application/sdp")),
        };
        request.Headers.Authorization = new("Bearer", (string)started["client_secret"]!["value"]!);
        using var response = (await http.SendAsync(request)).EnsureSuccessStatusCode();
        return response.Headers.Location!.OriginalString.Split('/')[^1];
    }

    public async ValueTask DisposeAsync()
    {
        control.Dispose();
        await emulator.DisposeAsync();
    }

    private async Task Send(string path, string json)
    {
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        (await control.PostAsync(path, content)).EnsureSuccessStatusCode();
    }
}
