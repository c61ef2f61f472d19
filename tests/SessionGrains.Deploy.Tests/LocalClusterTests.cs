using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace SessionGrains.Deploy.Tests;

/// <summary>The cluster on one machine, as an operator runs it: every process, TLS between them, and a silo that dies.</summary>
[Collection(nameof(OneAtATime))]
public sealed class LocalClusterTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    // Away from where a system hands out ports by itself; the script takes some thirty more.
    private readonly int port = Random.Shared.Next(100, 300) * 50;
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"sessiongrains-cluster-{Guid.NewGuid():n}");

    [Fact]
    public async Task It_comes_up_serves_a_workflow_outlives_a_silo_and_goes_down()
    {
        Assert.Contains("ready", Cluster("up"), StringComparison.Ordinal);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(40) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", Cluster("token", "ada").Trim());

        var started = await Post(http, "/v1/workflows", """{"definition":"one-minute"}""", "application/json", HttpStatusCode.Created);
        var workflow = $"/v1/workflows/{started["id"]}";
        using (var offer = new HttpRequestMessage(HttpMethod.Post, "/v1/realtime/calls"))
        {
            offer.Headers.Authorization = new("Bearer", (string)started["client_secret"]!["value"]!);
            offer.Content = new StringContent(Repository.Read("docs", "offer.sdp"), Encoding.UTF8, new MediaTypeHeaderValue("application/sdp"));
            using var answer = await http.SendAsync(offer, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        }

        // Whichever holds it: one of them goes without a goodbye, the other one in order once the first is back.
        Cluster("kill-silo", "1");
        await Until(http, workflow, view => (string?)view["status"] is "active" && (string?)view["control"] is "full");
        Cluster("start-silo", "1");
        Cluster("stop-silo", "2");
        await Until(http, workflow, view => (string?)view["status"] is "active" or "ended");
        await Until(http, workflow, view => (string?)view["status"] is "ended" && (string?)view["hangup"] is "confirmed");

        Assert.Contains("This host is silo.sessiongrains to its peers", await File.ReadAllTextAsync(Path.Combine(folder, "logs", "silo1.log"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("This host is api.sessiongrains to its peers", await File.ReadAllTextAsync(Path.Combine(folder, "logs", "api.log"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Cluster("down");
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync("/livez", TestContext.Current.CancellationToken));
    }

    public void Dispose()
    {
        if (Directory.Exists(folder))
        {
            Cluster("down");
            Directory.Delete(folder, recursive: true);
        }
    }

    private string Cluster(params string[] words)
    {
        var (exitCode, output) = Script.Run("local-cluster.sh", words, new()
        {
            ["SESSIONGRAINS_CLUSTER_PORT"] = $"{port}",
            ["SESSIONGRAINS_CLUSTER_FOLDER"] = folder,
            ["SESSIONGRAINS_CLUSTER_BUILT"] = "true",
        });
        Assert.True(exitCode is 0, $"local-cluster.sh {string.Join(' ', words)}: {output}");
        return output;
    }

    private static async Task<JsonNode> Post(HttpClient http, string path, string body, string type, HttpStatusCode expected)
    {
        using var content = new StringContent(body, Encoding.UTF8, type);
        using var answer = await http.PostAsync(path, content, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == expected, $"{answer.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }

    private static async Task Until(HttpClient http, string workflow, Func<JsonNode, bool> isSo)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        using var patience = new CancellationTokenSource(Patience);
        var last = "nothing";
        while (await pause.WaitForNextTickAsync(patience.Token))
        {
            using var answer = await http.GetAsync(workflow, patience.Token);
            last = await answer.Content.ReadAsStringAsync(patience.Token);
            if (answer.StatusCode is HttpStatusCode.OK && isSo(JsonNode.Parse(last)!))
            {
                return;
            }
        }

        throw new TimeoutException(last);
    }
}
