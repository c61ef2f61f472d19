using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>A silo that watches pods, in front of a pretended Kubernetes.</summary>
public sealed class PodTests(TestPostgres postgres)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_silo_whose_pod_is_gone_is_declared_dead_by_the_others_and_exits_and_its_calls_go_on()
    {
        await using var kubernetes = await PretendKubernetes.StartAsync("silo-new");
        await using var product = await RunningProduct.Cluster(await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken), silos: 1);
        using var browser = product.Browser("ada");
        var started = await browser.MustStart("brokered");
        Assert.Equal(HttpStatusCode.Created, (await browser.Connect(started, Browser.Offer + Browser.DataChannel)).Status);
        var old = product.Silos[0];

        // It answers every probe; only Kubernetes knows that it should not be there any more.
        await product.AddSilo([.. kubernetes.Environment]);

        await old.ExitAsync();
        Assert.NotEqual(0, old.ExitCode);
        await Eventually.True(
            async () => await browser.TryView(started) is { } view && ((string?)view["status"], (string?)view["control"]) is ("active", "full"), Patience, () => product.Output);
        Assert.Contains("silo-new", kubernetes.Labelled);
    }

    /// <summary>As much of Kubernetes as a silo asks for.</summary>
    private sealed class PretendKubernetes : IAsyncDisposable
    {
        private readonly WebApplication app;
        private readonly string pod;
        private readonly string config = Path.GetTempFileName();

        private PretendKubernetes(WebApplication app, string pod) => (this.app, this.pod) = (app, pod);

        /// <summary>The pods that were given the cluster's labels.</summary>
        public List<string> Labelled { get; } = [];

        public Dictionary<string, string> Environment => new()
        {
            ["SessionGrains__Silo__WatchPods"] = "true",
            ["KUBECONFIG"] = config,
            ["POD_NAME"] = pod,
            ["POD_NAMESPACE"] = "voice",
            ["POD_IP"] = "127.0.0.1",
        };

        public static async Task<PretendKubernetes> StartAsync(string pod)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var pretended = new PretendKubernetes(builder.Build(), pod);
            const string pods = "/api/v1/namespaces/voice/pods";
            pretended.app.MapGet(pods, pretended.List);
            pretended.app.MapGet($"{pods}/{pod}", () => Results.Text(pretended.Pod().ToJsonString(), "application/json"));
            pretended.app.MapPatch($"{pods}/{pod}", () =>
            {
                pretended.Labelled.Add(pod);
                return Results.Text(pretended.Pod().ToJsonString(), "application/json");
            });
            await pretended.app.StartAsync();
            await File.WriteAllTextAsync(pretended.config, $$"""
                apiVersion: v1
                kind: Config
                current-context: test
                contexts: [{ name: test, context: { cluster: test, user: test } }]
                clusters: [{ name: test, cluster: { server: "{{pretended.app.Urls.Single()}}" } }]
                users: [{ name: test, user: { token: test } }]
                """);
            return pretended;
        }

        public async ValueTask DisposeAsync()
        {
            await app.DisposeAsync();
            File.Delete(config);
        }

        private async Task List(HttpContext context)
        {
            context.Response.ContentType = "application/json";
            if (context.Request.Query["watch"] == "true")
            {
                // Nothing ever happens.
                await context.Response.StartAsync(context.RequestAborted);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                return;
            }

            await context.Response.WriteAsync(
                new JsonObject { ["apiVersion"] = "v1", ["kind"] = "PodList", ["metadata"] = new JsonObject(), ["items"] = new JsonArray(Pod()) }.ToJsonString(), context.RequestAborted);
        }

        private JsonObject Pod() => new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject { ["name"] = pod, ["namespace"] = "voice" },
        };
    }
}
