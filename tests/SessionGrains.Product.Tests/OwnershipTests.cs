using System.Net;
using System.Text.Json.Nodes;
using SessionGrains.Product.Tests.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>Somebody else's workflow does not exist, on any route that the product itself says it has.</summary>
public sealed class OwnershipTests
{
    [Fact]
    public async Task Another_users_workflow_is_404_on_every_route_and_stays_untouched()
    {
        await using var product = await RunningProduct.OneProcess();
        using var ada = product.Browser("ada");
        using var eve = product.Browser("eve");
        // The same subject in another tenant is another user.
        using var twin = Browser.Of("ada", product.Url, tenant: "globex");
        var workflow = await ada.MustStart("brokered");
        await ada.Connect(workflow);
        await Eventually.True(async () => (string?)(await ada.View(workflow))["control"] is "full", TimeSpan.FromSeconds(30), () => product.Output);
        var before = (await ada.View(workflow)).ToJsonString();

        foreach (var stranger in new[] { eve, twin })
        {
            foreach (var (method, path) in await Routes(ada))
            {
                var answer = await stranger.Send(method, path.Replace("{id}", (string)workflow["id"]!, StringComparison.Ordinal).Replace("{call_id}", "call_1", StringComparison.Ordinal), method == HttpMethod.Get ? null : "{}");
                Assert.True(answer is { Status: HttpStatusCode.NotFound, Code: "not_found" }, $"{method} {path} answered {answer.Status}: {answer.Text}");
            }

            Assert.Empty((JsonArray)(await stranger.Send(HttpMethod.Get, "/v1/workflows")).Json["data"]!);
        }

        Assert.Equal(before, (await ada.View(workflow)).ToJsonString());
        Assert.Single((JsonArray)(await ada.Send(HttpMethod.Get, "/v1/workflows")).Json["data"]!);
    }

    /// <summary>Every route with a workflow's id, out of the published description. Those of operators answer 403, whosever the workflow is.</summary>
    private static async Task<List<(HttpMethod Method, string Path)>> Routes(Browser browser)
    {
        var paths = (JsonObject)(await browser.Send(HttpMethod.Get, "/openapi/v1.json")).Json["paths"]!;
        var routes = paths
            .Where(path => path.Key.Contains("{id}", StringComparison.Ordinal) && !path.Key.StartsWith("/v1/admin/", StringComparison.Ordinal))
            .SelectMany(path => ((JsonObject)path.Value!).Select(operation => (HttpMethod.Parse(operation.Key), path.Key)))
            .ToList();
        Assert.True(routes.Count >= 5, "The description names too few routes.");
        return routes;
    }
}
