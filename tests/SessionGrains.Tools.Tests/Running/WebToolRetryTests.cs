using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SessionGrains.Tools.Outbound;
using SessionGrains.Tools.Running;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>HTTP tools: how often they are asked, and what is known when they do not answer.</summary>
public sealed class WebToolRetryTests
{
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

    [Theory]
    [InlineData(ToolEffect.Keyed, 400, true)]
    [InlineData(ToolEffect.Keyed, 401, true)]
    [InlineData(ToolEffect.Keyed, 302, true)]
    [InlineData(ToolEffect.Read, 401, false)]
    public async Task A_refusal_after_an_attempt_without_an_answer_does_not_say_that_nothing_happened(ToolEffect effect, int status, bool isUnknown)
    {
        await using var backend = await Backend.Start((context, before) =>
        {
            context.Response.StatusCode = before == 0 ? 500 : status;
            return Task.CompletedTask;
        });
        await using var rig = new Rig();

        var running = rig.Run(Rig.Web(backend.Url, effect));
        await rig.Clock.PassRetry();

        var words = $"The tool answered with status {status}.";
        Assert.Equal(isUnknown ? new ToolResult.Unknown(words) : new ToolResult.Failed(words), await running);
        Assert.Equal(2, backend.Requests.Count);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task A_refusal_says_nothing_about_a_run_before_that_nobody_recorded(int attempt, bool isUnknown)
    {
        await using var backend = await Backend.Answering(401);
        await using var rig = new Rig();

        var words = "The tool answered with status 401.";
        Assert.Equal(isUnknown ? new ToolResult.Unknown(words) : new ToolResult.Failed(words), await rig.Run(Rig.Web(backend.Url, ToolEffect.Keyed), attempt: attempt));
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
        var network = new WatchedNetwork();
        await using var backend = await Backend.Start(async (context, _) =>
        {
            await context.Response.WriteAsync("d");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        await using var rig = new Rig(services => services.AddSingleton<INetwork>(network));

        var running = rig.Run(Rig.Web(backend.Url, effect));
        await network.IsReadingBody.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
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
