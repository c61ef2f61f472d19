using System.ComponentModel;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using SessionGrains.Tools.Running;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>Tools whose code runs in this process.</summary>
public sealed class CodeToolTests
{
    [Fact]
    public async Task The_model_sees_the_functions_schema_without_the_context()
    {
        await using var rig = With(Refund);

        var tool = rig.Get<ToolDeclaration>();

        Assert.Equal(("refund", "Pays back."), (tool.Name, tool.Description));
        Assert.Equal(["amount", "order_id"], tool.Parameters!.PropertyNames.Order());
        Assert.Null(ToolArguments.Check(tool, """{"order_id":"A-1","amount":3}""").ErrorForModel);
        Assert.Contains("$.context is not asked for", ToolArguments.Check(tool, """{"order_id":"A-1","amount":3,"context":{}}""").ErrorForModel, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_gets_its_arguments_and_the_context_and_ends_the_workflow()
    {
        await using var rig = With(Refund);

        var result = await rig.Run(rig.Get<ToolDeclaration>(), """{"order_id":"A-1","amount":3}""");

        Assert.Equal(new ToolResult.Completed("A-1 3 wf_1 call_1 ada acme key-1 60", EndsWorkflow: true), result);
    }

    [Fact]
    public async Task Arguments_cannot_take_the_place_of_the_context()
    {
        await using var rig = With(Refund);

        var result = await rig.Run(rig.Get<ToolDeclaration>(), """{"order_id":"A-1","amount":3,"context":{"Subject":"eve"}}""");

        Assert.Equal(new ToolResult.Completed("A-1 3 wf_1 call_1 ada acme key-1 60", EndsWorkflow: true), result);
    }

    [Fact]
    public async Task An_output_that_is_no_text_is_JSON_and_one_that_is_too_long_is_cut_with_a_mark()
    {
        await using var rig = With(() => new { Total = 3 }, maxOutputBytes: 8);

        var result = Assert.IsType<ToolResult.Completed>(await rig.Run(rig.Get<ToolDeclaration>()));

        Assert.Equal("""{"total"[cut]""", result.Output.Replace("\n[The output was cut here: it is longer than 8 bytes.]", "[cut]", StringComparison.Ordinal));
        Assert.False(result.EndsWorkflow);
    }

    [Theory]
    [InlineData(ToolEffect.Read)]
    [InlineData(ToolEffect.Keyed)]
    [InlineData(ToolEffect.Unkeyed)]
    public async Task What_a_tool_says_of_its_own_failure_is_told(ToolEffect effect)
    {
        await using var rig = With(string () => throw new ToolFailedException("There is no such order."), effect);

        Assert.Equal(new ToolResult.Failed("There is no such order."), await rig.Run(rig.Get<ToolDeclaration>()));
    }

    [Theory]
    [InlineData(ToolEffect.Read, false)]
    [InlineData(ToolEffect.Keyed, true)]
    [InlineData(ToolEffect.Unkeyed, true)]
    public async Task An_exception_leaves_open_what_happened_and_its_message_stays_here(ToolEffect effect, bool isUnknown)
    {
        await using var rig = With(string () => throw new InvalidOperationException("Host=db;Password=canary"), effect);

        var result = await rig.Run(rig.Get<ToolDeclaration>());

        Assert.Equal(isUnknown ? new ToolResult.Unknown("The tool broke.") : new ToolResult.Failed("The tool broke."), result);
        Assert.DoesNotContain("canary", rig.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_a_running_tool_at_once()
    {
        var started = new TaskCompletionSource();
        await using var rig = With(async (CancellationToken stop) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        });
        using var cancel = new CancellationTokenSource();

        var running = rig.Run(rig.Get<ToolDeclaration>(), cancellationToken: cancel.Token);
        await started.Task;
        await cancel.CancelAsync();

        // The clock stands still: nobody waited for the 5 seconds of grace.
        Assert.Equal(new ToolResult.Unknown("The call was cancelled."), await running);
    }

    [Fact]
    public async Task A_tool_that_ignores_the_cancellation_is_left_behind_after_5_seconds()
    {
        var started = new TaskCompletionSource();
        var never = new TaskCompletionSource<string>();
        await using var rig = With(() =>
        {
            started.SetResult();
            return never.Task;
        });
        using var cancel = new CancellationTokenSource();

        var running = rig.Run(rig.Get<ToolDeclaration>(), cancellationToken: cancel.Token);
        await started.Task;
        await cancel.CancelAsync();
        await rig.Clock.PassNextWait(ToolRunner.Grace);

        Assert.Equal(new ToolResult.Unknown("The call was cancelled."), await running);
        Assert.Contains("left behind", rig.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_that_blocks_its_thread_does_not_block_the_caller()
    {
        using var release = new ManualResetEventSlim();
        await using var rig = With(() => release.Wait(TimeSpan.FromSeconds(20)) ? "released" : "stuck");
        var tool = rig.Get<ToolDeclaration>();

        var running = rig.Runner.RunAsync(tool, rig.Request(tool), TestContext.Current.CancellationToken);
        release.Set();

        Assert.Equal(new ToolResult.Completed("released", false), await running);
    }

    [Theory]
    [InlineData(ToolEffect.Read, false)]
    [InlineData(ToolEffect.Keyed, true)]
    [InlineData(ToolEffect.Unkeyed, true)]
    public async Task A_tool_gets_no_more_than_its_own_time(ToolEffect effect, bool mayHaveHappened)
    {
        var started = new TaskCompletionSource();
        await using var rig = With(
            (CancellationToken stop) =>
            {
                started.SetResult();
                return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
            },
            effect);

        var running = rig.Run(rig.Get<ToolDeclaration>());
        await started.Task;
        rig.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(new ToolResult.TimedOut(mayHaveHappened), await running);
    }

    [Theory]
    [InlineData(ToolEffect.Unkeyed, 0)]
    [InlineData(ToolEffect.Keyed, 1)]
    [InlineData(ToolEffect.Read, 1)]
    public async Task An_unkeyed_tool_never_runs_for_a_second_attempt(ToolEffect effect, int expected)
    {
        var runs = 0;
        await using var rig = With(() => Interlocked.Increment(ref runs).ToString(System.Globalization.CultureInfo.InvariantCulture), effect);

        var result = await rig.Run(rig.Get<ToolDeclaration>(), attempt: 2);

        Assert.Equal(expected, runs);
        Assert.Equal(expected == 0, result is ToolResult.Unknown);
    }

    [Fact]
    public async Task A_call_that_comes_after_its_deadline_or_cancellation_does_not_run()
    {
        var runs = 0;
        await using var rig = With(() => Interlocked.Increment(ref runs));
        var tool = rig.Get<ToolDeclaration>();

        Assert.Equal(new ToolResult.TimedOut(false), await rig.Runner.RunAsync(tool, rig.Request(tool) with { Deadline = rig.Clock.GetUtcNow() }, CancellationToken.None));
        Assert.Equal(new ToolResult.Failed("The call was cancelled."), await rig.Runner.RunAsync(tool, rig.Request(tool), new CancellationToken(canceled: true)));
        Assert.Equal(0, runs);
    }

    [Fact]
    public async Task A_tool_that_is_declared_and_has_no_code_fails()
    {
        await using var rig = new Rig();

        Assert.Equal(new ToolResult.Failed("The tool is not available."), await rig.Run(new ToolDeclaration { Name = "nobody", Target = new ToolTarget.Code() }));
    }

    [Fact]
    public void A_tool_needs_a_name_of_its_own_and_a_description()
    {
        var services = new ServiceCollection().AddTool(AIFunctionFactory.Create(() => 1, "one", "Says one."));

        Assert.Throws<ArgumentException>(() => services.AddTool(AIFunctionFactory.Create(() => 1, "one", "Says one.")));
        Assert.Throws<ArgumentException>(() => services.AddTool(AIFunctionFactory.Create(() => 1, "o n e", "Says one.")));
        Assert.Throws<ArgumentException>(() => services.AddTool(AIFunctionFactory.Create(() => 1, "two", "")));
    }

    [Description("Pays back.")]
    private static string Refund(string order_id, decimal amount, ToolContext context)
    {
        context.End();
        var seconds = (context.Deadline - new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero)).TotalSeconds;
        return FormattableString.Invariant($"{order_id} {amount} {context.WorkflowId} {context.CallId} {context.Subject} {context.Tenant} {context.IdempotencyKey} {seconds}");
    }

    private static Rig With(Delegate handler, ToolEffect effect = ToolEffect.Unkeyed, int? maxOutputBytes = null) => new(services =>
        services.AddTool(AIFunctionFactory.Create(handler, "refund", "Pays back."), effect, timeout: TimeSpan.FromMinutes(1), maxOutputBytes: maxOutputBytes));
}
