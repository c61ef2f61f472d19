using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using SessionGrains.Tools.Running;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>HTTP tools: what they get, and what their answers mean.</summary>
public sealed class WebToolTests
{
    [Fact]
    public async Task A_tool_gets_the_documented_body_and_headers_and_nothing_else()
    {
        await using var backend = await Backend.Answering(200, "shipped");
        await using var rig = new Rig();
        using var activity = new Activity("call").SetIdFormat(ActivityIdFormat.W3C).AddBaggage("token", "baggage-canary").Start();

        var result = await rig.Run(Rig.Web(backend.Url, secretEnv: "SECRET"), """{"order_id":"A-1"}""");

        Assert.Equal(new ToolResult.Completed("shipped", EndsWorkflow: false), result);
        var got = Assert.Single(backend.Requests);
        Assert.Equal(("POST", "/lookup"), (got.Method, got.Path));
        Assert.Equal("""{"workflow_id":"wf_1","call_id":"call_1","tool":"lookup_order","arguments":{"order_id":"A-1"},"user":{"sub":"ada","tid":"acme"}}""", got.Body);
        Assert.Equal(
            ["content-length", "content-type", "host", "idempotency-key", "webhook-id", "webhook-signature", "webhook-timestamp", "x-deadline"], got.Headers.Keys.Order());
        Assert.Equal("key-1", got.Headers["idempotency-key"]);
        Assert.Equal($"{(rig.Clock.GetUtcNow() + TimeSpan.FromMinutes(1)).ToUnixTimeMilliseconds()}", got.Headers["x-deadline"]);
    }

    [Fact]
    public async Task The_log_holds_neither_arguments_nor_outputs_nor_secrets()
    {
        await using var backend = await Backend.Answering(200, "output-canary");
        await using var rig = new Rig();

        await rig.Run(Rig.Web(backend.Url, secretEnv: "SECRET"), """{"order_id":"argument-canary"}""");

        Assert.Contains("call_1", rig.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", rig.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("whsec_", rig.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(backend.Url.Authority, rig.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_is_cut_at_its_cap_and_between_characters_and_says_so()
    {
        await using var backend = await Backend.Answering(200, "ääää");
        await using var rig = new Rig();

        var result = Assert.IsType<ToolResult.Completed>(await rig.Run(Rig.Web(backend.Url) with { MaxOutputBytes = 5 }));

        Assert.Equal("ää\n[The output was cut here: it is longer than 5 bytes.]", result.Output);
        Assert.Equal("ääää", Assert.IsType<ToolResult.Completed>(await rig.Run(Rig.Web(backend.Url) with { MaxOutputBytes = 8 })).Output);
    }

    [Fact]
    public async Task No_more_of_an_endless_output_is_read_than_is_needed()
    {
        await using var backend = await Backend.Start(async (context, _) =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(new string('x', 10_000), context.RequestAborted);
            }
        });
        await using var rig = new Rig();

        var result = Assert.IsType<ToolResult.Completed>(await rig.Run(Rig.Web(backend.Url) with { MaxOutputBytes = 100 }));

        Assert.StartsWith(new string('x', 100) + "\n[", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tools_success_ends_the_workflow_where_it_is_declared()
    {
        await using var backend = await Backend.Answering(204);
        await using var rig = new Rig();

        Assert.Equal(new ToolResult.Completed("", EndsWorkflow: true), await rig.Run(Rig.Web(backend.Url) with { EndsWorkflow = true }));
    }

    [Theory]
    [InlineData(404, """{"title":"t","detail":"There is no such order."}""", "There is no such order.")]
    [InlineData(422, "plain words", "plain words")]
    [InlineData(400, """{"detail":7}""", """{"detail":7}""")]
    [InlineData(400, "[1]", "[1]")]
    [InlineData(403, "", "The tool answered with status 403.")]
    [InlineData(302, "moved", "The tool answered with status 302.")]
    [InlineData(409, "taken", "taken")]
    public async Task Another_answer_is_a_failure_in_the_tools_own_words_and_is_not_asked_for_again(int status, string body, string error)
    {
        await using var backend = await Backend.Answering(status, body);
        await using var rig = new Rig();

        foreach (var effect in Enum.GetValues<ToolEffect>())
        {
            Assert.Equal(new ToolResult.Failed(error), await rig.Run(Rig.Web(backend.Url, effect)));
        }

        Assert.Equal(3, backend.Requests.Count);
    }

    [Fact]
    public async Task A_long_error_keeps_its_first_500_characters()
    {
        await using var backend = await Backend.Answering(400, new string('e', 20_000));
        await using var rig = new Rig();

        Assert.Equal(new ToolResult.Failed(new string('e', 500)), await rig.Run(Rig.Web(backend.Url)));
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_a_cookie_is_not_kept()
    {
        using var canary = new Canary();
        await using var backend = await Backend.Start((context, _) =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = $"http://127.0.0.1:{canary.Port}/";
            context.Response.Headers.SetCookie = "a=b";
            return Task.CompletedTask;
        });
        await using var rig = new Rig();

        await rig.Run(Rig.Web(backend.Url));
        await rig.Run(Rig.Web(backend.Url));

        Assert.Equal(0, canary.Connections);
        Assert.DoesNotContain(backend.Requests, got => got.Headers.ContainsKey("cookie"));
        Assert.Equal(2, backend.Requests.Count);
    }

    [Fact]
    public async Task The_proxy_of_the_process_is_not_asked()
    {
        using var canary = new Canary();
        await using var backend = await Backend.Answering(200);
        await using var rig = new Rig();
        var before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new WebProxy($"http://127.0.0.1:{canary.Port}");
        try
        {
            await rig.Run(Rig.Web(backend.Url));
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }

        Assert.Equal(0, canary.Connections);
        Assert.Single(backend.Requests);
    }
}
