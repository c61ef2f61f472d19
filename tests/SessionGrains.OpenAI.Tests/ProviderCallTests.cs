using System.Collections.Concurrent;
using System.Diagnostics;
using Xunit;

namespace SessionGrains.OpenAI.Tests;

/// <summary>What traces learn of a request to OpenAI.</summary>
public sealed class ProviderCallTests
{
    [Fact]
    public async Task Each_request_is_told_by_operation_model_and_call()
    {
        await using var lab = await Lab.Start();
        using var spans = new Spans(lab.Port);

        await lab.Minted();
        var call = await lab.Created();
        await lab.HangUp(call.CallId);

        Assert.Equal(["mint gpt-realtime-2.1", "create_call gpt-realtime-2.1", "hang_up"], spans.All.Select(span => span.DisplayName));
        Assert.All(spans.All, span => Assert.Equal(("openai", ActivityKind.Client, ActivityStatusCode.Unset), (span.GetTagItem("gen_ai.provider.name"), span.Kind, span.Status)));
        Assert.Equal(["mint", "create_call", "hang_up"], spans.All.Select(span => span.GetTagItem("gen_ai.operation.name")));
        Assert.Equal(["gpt-realtime-2.1", "gpt-realtime-2.1", null], spans.All.Select(span => span.GetTagItem("gen_ai.request.model")));
        Assert.Equal([null, call.CallId, call.CallId], spans.All.Select(span => span.GetTagItem("gen_ai.conversation.id")));
    }

    [Fact]
    public async Task A_request_that_fails_says_how()
    {
        await using var lab = await Lab.Start();
        using var spans = new Spans(lab.Port);
        await lab.Fault("""{"endpoint":"client_secrets","times":0,"status":429,"code":"rate_limit_exceeded"}""");

        await lab.Mint();

        var span = Assert.Single(spans.All);
        Assert.Equal((ActivityStatusCode.Error, "status 429, rate_limit_exceeded"), (span.Status, span.StatusDescription));
        Assert.Equal("RateLimited", span.GetTagItem("error.type"));
    }

    [Fact]
    public async Task OpenAI_gets_nothing_of_a_callers_trace_or_baggage()
    {
        await using var peer = await Listener.Start(answer =>
        {
            answer.StatusCode = 500;
            return Task.CompletedTask;
        });
        await using var lab = Lab.At(peer.BaseUrl);
        using var activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).AddBaggage("secret", "baggage-canary").Start();

        await lab.Mint();

        var headers = Assert.Single(peer.Requests).Headers;
        Assert.DoesNotContain(headers.Keys, name => name.ToLowerInvariant() is "traceparent" or "tracestate" or "request-id" or "baggage" or "correlation-context");
        Assert.DoesNotContain(headers.Values, value => value.Contains("baggage-canary", StringComparison.Ordinal));
    }

    /// <summary>The spans of requests to one port, as they end.</summary>
    private sealed class Spans : IDisposable
    {
        private readonly ActivityListener listener;

        public Spans(int port)
        {
            listener = new()
            {
                ShouldListenTo = source => source.Name is ProviderCalls.Name,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = span =>
                {
                    if (span.GetTagItem("server.port") is int to && to == port)
                    {
                        All.Enqueue(span);
                    }
                },
            };
            ActivitySource.AddActivityListener(listener);
        }

        public ConcurrentQueue<Activity> All { get; } = [];

        public void Dispose() => listener.Dispose();
    }
}
