using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SessionGrains.Tools.Running;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>HTTP tools: what they get, what their answers mean, and how often they are asked.</summary>
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

    [Fact]
    public async Task An_unkeyed_tool_that_answers_5xx_is_asked_once_and_its_outcome_is_unknown()
    {
        await using var backend = await Backend.Answering(503);
        await using var rig = new Rig();

        Assert.Equal(new ToolResult.Unknown("The tool answered with status 503."), await rig.Run(Rig.Web(backend.Url)));
        Assert.Single(backend.Requests);
    }

    [Fact]
    public async Task What_a_host_adds_to_all_its_clients_does_not_touch_ours()
    {
        await using var backend = await Backend.Answering(503);
        await using var rig = new Rig(services => services.ConfigureHttpClientDefaults(client => client.AddHttpMessageHandler(() => new Twice())));

        await rig.Run(Rig.Web(backend.Url));

        Assert.Single(backend.Requests);
    }

    [Theory]
    [InlineData(ToolEffect.Keyed, true)]
    [InlineData(ToolEffect.Read, false)]
    public async Task A_tool_that_may_be_asked_again_is_retried_three_times_with_the_same_request(ToolEffect effect, bool isUnknown)
    {
        await using var backend = await Backend.Answering(500);
        await using var rig = new Rig();

        var running = rig.Run(Rig.Web(backend.Url, effect));
        for (var retry = 0; retry < ToolRunner.MaxRetries; retry++)
        {
            await rig.Clock.PassRetry();
        }

        var words = "The tool answered with status 500.";
        Assert.Equal(isUnknown ? new ToolResult.Unknown(words) : new ToolResult.Failed(words), await running);
        Assert.Equal(4, backend.Requests.Count);
        Assert.Single(backend.Requests.Select(got => (got.Headers["idempotency-key"], got.Headers["x-deadline"], got.Body)).Distinct());
    }

    [Fact]
    public async Task A_retry_that_succeeds_is_a_success()
    {
        await using var backend = await Backend.Start((context, before) =>
        {
            context.Response.StatusCode = before == 0 ? 500 : 200;
            return context.Response.WriteAsync("done");
        });
        await using var rig = new Rig();

        var running = rig.Run(Rig.Web(backend.Url, ToolEffect.Keyed));
        await rig.Clock.PassRetry();

        Assert.Equal(new ToolResult.Completed("done", false), await running);
    }

    [Fact]
    public async Task A_conflict_after_an_attempt_without_an_answer_does_not_say_that_nothing_happened()
    {
        await using var backend = await Backend.Start((context, before) =>
        {
            context.Response.StatusCode = before == 0 ? 500 : 409;
            return context.Response.WriteAsync("still running");
        });
        await using var rig = new Rig();

        var running = rig.Run(Rig.Web(backend.Url, ToolEffect.Keyed));
        for (var retry = 0; retry < ToolRunner.MaxRetries; retry++)
        {
            await rig.Clock.PassRetry();
        }

        Assert.Equal(new ToolResult.Unknown("still running"), await running);
    }

    [Fact]
    public async Task Nobody_waits_for_a_tool_that_asks_for_more_time_than_there_is()
    {
        await using var backend = await Backend.Start((context, _) =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "3600";
            return Task.CompletedTask;
        });
        await using var rig = new Rig();

        Assert.Equal(new ToolResult.Failed("The tool answered with status 429."), await rig.Run(Rig.Web(backend.Url, ToolEffect.Keyed)));
        Assert.Single(backend.Requests);
    }

    [Theory]
    [InlineData(ToolEffect.Unkeyed, 1, false)]
    [InlineData(ToolEffect.Read, 2, false)]
    [InlineData(ToolEffect.Keyed, 2, true)]
    public async Task A_refused_connection_says_only_of_this_attempt_that_nothing_happened(ToolEffect effect, int attempt, bool isUnknown)
    {
        var url = await ClosedUrl();
        await using var rig = new Rig();

        var running = rig.Run(Rig.Web(url, effect), attempt: attempt);
        for (var retry = 0; effect != ToolEffect.Unkeyed && retry < ToolRunner.MaxRetries; retry++)
        {
            await rig.Clock.PassRetry();
        }

        Assert.Equal(isUnknown ? new ToolResult.Unknown("The tool gave no answer.") : new ToolResult.Failed("The tool gave no answer."), await running);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_that_breaks_after_the_request_leaves_the_outcome_unknown_and_is_not_tried_again(bool afterHeaders)
    {
        await using var backend = await Backend.Start(async (context, _) =>
        {
            if (afterHeaders)
            {
                await context.Response.WriteAsync("half an ans");
                await context.Response.Body.FlushAsync();
            }

            context.Abort();
        });
        await using var rig = new Rig();

        Assert.Equal(new ToolResult.Unknown("The tool gave no answer."), await rig.Run(Rig.Web(backend.Url)));
        Assert.Single(backend.Requests);
    }

    [Fact]
    public async Task An_idle_connection_that_the_tool_has_closed_does_not_send_an_unkeyed_request_twice()
    {
        await using var backend = await Backend.Start(async (context, before) =>
        {
            if (before > 0)
            {
                context.Abort();
                return;
            }

            await context.Response.WriteAsync("first");
        });
        await using var rig = new Rig();

        Assert.Equal(new ToolResult.Completed("first", false), await rig.Run(Rig.Web(backend.Url)));
        Assert.Equal(new ToolResult.Unknown("The tool gave no answer."), await rig.Run(Rig.Web(backend.Url)));
        Assert.Equal(2, backend.Requests.Count);
    }

    [Theory]
    [InlineData(ToolEffect.Unkeyed, true)]
    [InlineData(ToolEffect.Keyed, true)]
    [InlineData(ToolEffect.Read, false)]
    public async Task An_answer_that_only_drips_is_bounded_in_time(ToolEffect effect, bool mayHaveHappened)
    {
        var arrived = new TaskCompletionSource();
        await using var backend = await Backend.Start(async (context, _) =>
        {
            await context.Response.WriteAsync("d");
            await context.Response.Body.FlushAsync();
            arrived.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        await using var rig = new Rig();

        var running = rig.Run(Rig.Web(backend.Url, effect));
        await arrived.Task;
        rig.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(new ToolResult.TimedOut(mayHaveHappened), await running);
        Assert.Single(backend.Requests);
    }

    [Fact]
    public async Task Cancelling_ends_a_running_request_at_once_and_the_tool_sees_it()
    {
        var arrived = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        await using var backend = await Backend.Start(async (context, _) =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            arrived.SetResult();
            await aborted.Task;
        });
        await using var rig = new Rig();
        using var cancel = new CancellationTokenSource();

        var running = rig.Run(Rig.Web(backend.Url), cancellationToken: cancel.Token);
        await arrived.Task;
        await cancel.CancelAsync();

        Assert.Equal(new ToolResult.Unknown("The call was cancelled."), await running);
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    private static async Task<Uri> ClosedUrl()
    {
        await using var backend = await Backend.Answering(200);
        return backend.Url;
    }

    private sealed class Twice : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var first = await base.SendAsync(request, cancellationToken);
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
