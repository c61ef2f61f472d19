using System.Collections.Concurrent;
using System.Diagnostics;
using SessionGrains.Tools.Running;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>What traces learn of a tool's run.</summary>
public sealed class ToolSpanTests
{
    [Fact]
    public async Task A_run_is_told_by_name_call_and_result_without_the_tools_address_arguments_or_output()
    {
        using var spans = new Spans();
        await using var backend = await Backend.Answering(200, "output-canary");
        await using var rig = new Rig();

        await rig.Run(Rig.Web(backend.Url) with { Name = "look_at_spans" }, """{"order_id":"argument-canary"}""");

        var span = Assert.Single(spans.All, span => span.DisplayName == "execute_tool look_at_spans");
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
        Assert.Equal(
            [
                ("gen_ai.operation.name", "execute_tool"), ("gen_ai.tool.call.id", "call_1"), ("gen_ai.tool.name", "look_at_spans"), ("gen_ai.tool.type", "function"),
                ("sessiongrains.tool.attempt", "1"), ("sessiongrains.tool.effect", "Unkeyed"), ("sessiongrains.tool.result", "Completed"), ("sessiongrains.workflow.id", "wf_1"),
            ],
            span.TagObjects.Select(tag => (tag.Key, $"{tag.Value}")).Order());
        Assert.DoesNotContain(spans.All.SelectMany(other => other.TagObjects), tag => $"{tag.Value}".Contains(backend.Url.Authority, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_that_fails_says_how_and_not_why_and_counts_its_retries()
    {
        using var spans = new Spans();
        await using var backend = await Backend.Answering(503, "output-canary");
        await using var rig = new Rig();

        var running = rig.Run(Rig.Web(backend.Url, ToolEffect.Keyed) with { Name = "fail_in_spans" });
        for (var retry = 0; retry < ToolRunner.MaxRetries; retry++)
        {
            await rig.Clock.PassRetry();
        }

        await running;
        var span = Assert.Single(spans.All, span => span.DisplayName == "execute_tool fail_in_spans");
        Assert.Equal((ActivityStatusCode.Error, null), (span.Status, span.StatusDescription));
        Assert.Equal("Unknown", span.GetTagItem("error.type"));
        Assert.Equal(ToolRunner.MaxRetries, span.Events.Count(told => told.Name == "retry"));
    }

    /// <summary>Every span of every source of this process, once it has ended.</summary>
    private sealed class Spans : IDisposable
    {
        private readonly ActivityListener listener;

        public Spans()
        {
            listener = new()
            {
                ShouldListenTo = _ => true,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = span => All.Enqueue(span),
            };
            ActivitySource.AddActivityListener(listener);
        }

        public ConcurrentQueue<Activity> All { get; } = [];

        public void Dispose() => listener.Dispose();
    }
}
