using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace SessionGrains.Browser.Tests.Demo;

/// <summary>The local host as a process of its own, without a key: what <c>dotnet run</c> gives, but that nobody starts too often, and with definitions for the guard.</summary>
public sealed class LocalHost : IAsyncLifetime
{
    private const int MostShown = 8_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string data = Directory.CreateTempSubdirectory("sessiongrains-browser-").FullName;
    private readonly string definitions = Directory.CreateTempSubdirectory("sessiongrains-definitions-").FullName;
    private readonly StringBuilder output = new();
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private Process process = null!;

    public Uri Url { get; private set; } = null!;

    public HttpClient Http => http;

    /// <summary>Where its emulator is.</summary>
    public Uri Emulator { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Url = new($"http://127.0.0.1:{FreePort()}");
        // artifacts/bin/<project>/<configuration>, for the tests as for the host.
        var tests = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(tests.Parent!.Parent!.FullName, "SessionGrains.Local", tests.Name);
        Define(Path.Combine(program, "definitions"));
        var start = new ProcessStartInfo("dotnet", [Path.Combine(program, "SessionGrains.Local.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
            Environment =
            {
                ["ASPNETCORE_URLS"] = Url.ToString(),
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["SessionGrains__Dashboard"] = "true",
                // Nobody is there: what is told to it waits, for an operator to look at.
                ["SessionGrains__Webhooks__Endpoints__crm__Url"] = "http://127.0.0.1:9/",
                ["SessionGrains__Webhooks__Endpoints__crm__AllowPrivateNetwork"] = "true",
                ["SessionGrains__Webhooks__Endpoints__crm__SigningSecretEnv"] = "CRM_SECRET",
                ["CRM_SECRET"] = $"whsec_{Convert.ToBase64String(new byte[32])}",
                ["SessionGrains__Data"] = data,
                ["SessionGrains__Definitions"] = definitions,
                ["DOTNET_gcServer"] = "0",
            },
        };
        process = new Process { StartInfo = start };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await IsReady();
        var config = await http.GetFromJsonAsync<JsonObject>(new Uri(Url, "/demo/config"));
        Emulator = new Uri((string)config!["emulator"]!["peer_url"]!);
    }

    /// <summary>The end of what it printed.</summary>
    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString(Math.Max(0, output.Length - MostShown), Math.Min(MostShown, output.Length));
            }
        }
    }

    /// <summary>The emulator's ledger, of one kind.</summary>
    public async Task<IReadOnlyList<JsonObject>> Ledger(string kind)
    {
        var all = await http.GetFromJsonAsync<JsonArray>(new Uri(Emulator, "/_emulator/ledger"));
        return [.. all!.Select(entry => entry!.AsObject()).Where(entry => (string?)entry["kind"] == kind)];
    }

    public Task<JsonNode> Get(string path, string token) => Send(new(HttpMethod.Get, new Uri(Url, path)), token);

    public Task<JsonNode> Post(string path, string json, string? token) => Send(
        new(HttpMethod.Post, new Uri(Url, path)) { Content = new StringContent(json, new MediaTypeHeaderValue("application/json")) }, token);

    /// <summary>A test user's token.</summary>
    public async Task<string> Token(string user, string scope = "voice.start", string? tenant = null) =>
        (string)(await Post("/dev/token", new JsonObject { ["sub"] = user, ["name"] = user, ["scope"] = scope, ["tid"] = tenant }.ToJsonString(), null))["access_token"]!;

    /// <summary>The session of a call as the model has it.</summary>
    public async Task<JsonNode> Session(string call) => (await http.GetFromJsonAsync<JsonNode>(new Uri(Emulator, $"/_emulator/calls/{call}/session")))!;

    /// <summary>The events of a kind that a browser or a sideband sent into a call.</summary>
    public async Task<IReadOnlyList<JsonNode>> Received(string from, string type, string call) =>
    [
        .. (await Ledger("event.received"))
            .Where(entry => (string?)entry["call_id"] == call && (string?)entry["details"]!["from"] == from && (string?)entry["details"]!["type"] == type)
            .Select(entry => entry["details"]!["event"]!),
    ];

    public async Task Control(string path, JsonNode body)
    {
        using var answer = await http.PostAsJsonAsync(new Uri(Emulator, $"/_emulator/{path}"), body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        http.Dispose();
        Directory.Delete(data, recursive: true);
        Directory.Delete(definitions, recursive: true);
    }

    /// <summary>The samples, brokered ones for each guard, and one whose refunds wait for an operator.</summary>
    private void Define(string samples)
    {
        foreach (var file in Directory.GetFiles(samples, "*.json"))
        {
            var definition = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
            definition["quotas"] = JsonNode.Parse("""{"live_per_user":1000,"live_per_tenant":1000,"starts_per_user_per_minute":100000}""");
            Write(definition);
            if ((string)definition["mode"]! == "client_secret")
            {
                var asks = definition.DeepClone().AsObject();
                asks["name"] = "direct-asks-operator";
                asks["tools"]![1]!["approval"] = "operator";
                Write(asks);
            }

            if ((string)definition["mode"]! == "brokered")
            {
                foreach (var guard in new[] { "end", "warn" })
                {
                    definition["name"] = $"guard-{guard}";
                    definition["guard"] = guard;
                    Write(definition);
                }
            }
        }

        void Write(JsonObject definition) => File.WriteAllText(Path.Combine(definitions, $"{definition["name"]}.json"), definition.ToJsonString());
    }

    private async Task<JsonNode> Send(HttpRequestMessage request, string? token)
    {
        using (request)
        {
            request.Headers.Authorization = token is null ? null : new("Bearer", token);
            using var answer = await http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, text);
            return JsonNode.Parse(text)!;
        }
    }

    private async Task IsReady()
    {
        using var limit = new CancellationTokenSource(Patience);
        using var knock = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!await Answers())
        {
            Assert.False(process.HasExited, output.ToString());
            await knock.WaitForNextTickAsync(limit.Token);
        }
    }

    private async Task<bool> Answers()
    {
        try
        {
            return (await http.GetAsync(new Uri(Url, "/readyz"))).IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (output)
        {
            output.AppendLine(line.Data);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
