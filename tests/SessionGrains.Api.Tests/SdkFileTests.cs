using System.Net;

namespace SessionGrains.Api.Tests;

/// <summary>The browser SDK comes out of the API's own assembly.</summary>
public sealed class SdkFileTests(ApiUnderTest api) : IClassFixture<ApiUnderTest>
{
    [Theory]
    [InlineData("index.js", "text/javascript; charset=utf-8")]
    [InlineData("network.js", "text/javascript; charset=utf-8")]
    [InlineData("index.d.ts", "text/plain; charset=utf-8")]
    public async Task Its_files_are_served_to_everybody_and_checked_each_time(string file, string type)
    {
        using var first = await api.Send("GET", $"/sdk/{file}", token: null);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(type, first.Content.Headers.ContentType!.ToString());
        Assert.Equal("no-cache", first.Headers.CacheControl!.ToString());
        Assert.NotEmpty(await first.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        using var again = new HttpRequestMessage(HttpMethod.Get, $"/sdk/{file}");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var unchanged = await api.Client.SendAsync(again, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Fact]
    public async Task An_allowed_page_may_import_it_and_no_other_may()
    {
        foreach (var (origin, allowed) in new[] { (ApiUnderTest.Origin, true), ("https://elsewhere.example", false) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/sdk/index.js");
            request.Headers.Add("Origin", origin);
            using var response = await api.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(allowed, response.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Theory]
    [InlineData("package.json")]
    [InlineData("..%2fappsettings.json")]
    [InlineData("nothing.js")]
    public async Task Anything_else_is_404(string file)
    {
        using var response = await api.Send("GET", $"/sdk/{file}", token: null);

        await response.Problem(404, "not_found");
    }
}
