using Microsoft.Extensions.DependencyInjection;
using SessionGrains.Local;
using SessionGrains.Tools.Running;
using SessionGrains.Tools.Tests.Running;

namespace SessionGrains.Tools.Tests.Samples;

/// <summary>The two tools that the local host ships, as the runner runs them.</summary>
public sealed class SampleToolTests
{
    private readonly Shop shop = new();

    [Fact]
    public async Task Looking_up_reads_and_refunding_honours_the_key()
    {
        await using var rig = Rig();

        Assert.Equal(
            [("lookup_order", ToolEffect.Read, false), ("issue_refund", ToolEffect.Keyed, false)],
            rig.Get<IEnumerable<ToolDeclaration>>().Select(tool => (tool.Name, tool.Effect, tool.EndsWorkflow)));
    }

    [Theory]
    [InlineData("""{"order_id":42}""")]
    [InlineData("""{"order_id":"42"}""")]
    public async Task An_order_is_found_by_its_number_in_either_form(string arguments)
    {
        await using var rig = Rig();

        Assert.Equal(
            new ToolResult.Completed("Order 42: a blue bicycle helmet, shipped; 129.90 USD paid, 0.00 USD refunded.", EndsWorkflow: false),
            await Run(rig, "lookup_order", arguments));
    }

    [Fact]
    public async Task An_order_that_nobody_knows_is_answered_with_those_that_there_are()
    {
        await using var rig = Rig();

        Assert.Equal(
            new ToolResult.Completed("There is no order A-17. This sample shop has the orders 1, 2, 3, 42, 43: ask for the number again.", EndsWorkflow: false),
            await Run(rig, "lookup_order", """{"order_id":"A-17"}"""));
    }

    [Fact]
    public async Task The_same_key_refunds_once_and_another_one_again()
    {
        await using var rig = Rig();
        var refunded = new ToolResult.Completed("Refunded 20.50 USD of order 42.", EndsWorkflow: false);

        Assert.Equal(refunded, await Run(rig, "issue_refund", """{"order_id":42,"amount_usd":20.5}""", "key-1"));
        Assert.Equal(refunded, await Run(rig, "issue_refund", """{"order_id":42,"amount_usd":20.5}""", "key-1", attempt: 2));
        Assert.Equal(20.50m, shop["42"].RefundedUsd);

        Assert.Equal(refunded, await Run(rig, "issue_refund", """{"order_id":42,"amount_usd":20.5}""", "key-2"));
        Assert.Equal(41.00m, shop["42"].RefundedUsd);
    }

    [Fact]
    public async Task Many_attempts_with_one_key_at_once_refund_once()
    {
        const int Rounds = 1_000;
        using var start = new Barrier(4);

        await Task.WhenAll(Enumerable.Range(0, start.ParticipantCount).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (var round = 0; round < Rounds; round++)
                {
                    start.SignalAndWait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
                    shop.Refund($"key-{round}", "43", 0.01m);
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.Equal(Rounds * 0.01m, shop["43"].RefundedUsd);
    }

    [Theory]
    [InlineData("""{"order_id":3,"amount_usd":1}""", "Nothing was refunded: 0.00 USD of order 3 are left to refund, not 1.00.")]
    [InlineData("""{"order_id":2,"amount_usd":58.51}""", "Nothing was refunded: 58.50 USD of order 2 are left to refund, not 58.51.")]
    [InlineData("""{"order_id":9,"amount_usd":1}""", "There is no order 9. This sample shop has the orders 1, 2, 3, 42, 43: ask for the number again.")]
    public async Task A_refund_that_cannot_be_fails_and_says_why(string arguments, string error)
    {
        await using var rig = Rig();

        Assert.Equal(new ToolResult.Failed(error), await Run(rig, "issue_refund", arguments));
        Assert.Equal((0m, 24.90m), (shop["2"].RefundedUsd, shop["3"].RefundedUsd));
    }

    [Theory]
    [InlineData("lookup_order", "{}", "$.order_id is required.")]
    [InlineData("lookup_order", """{"order_id":""}""", "$.order_id must have at least 1 characters.")]
    [InlineData("lookup_order", """{"order_id":"000000000000000000000000000000042"}""", "$.order_id must have at most 32 characters.")]
    [InlineData("lookup_order", """{"order_id":4.2}""", "$.order_id must be text or a whole number.")]
    [InlineData("lookup_order", """{"order_id":42,"shop":{}}""", "$.shop is not asked for.")]
    [InlineData("issue_refund", """{"order_id":42}""", "$.amount_usd is required.")]
    [InlineData("issue_refund", """{"order_id":42,"amount_usd":0}""", "$.amount_usd must be at least 0.01.")]
    [InlineData("issue_refund", """{"order_id":42,"amount_usd":500.01}""", "$.amount_usd must be at most 500.")]
    [InlineData("issue_refund", """{"order_id":42,"amount_usd":"5"}""", "$.amount_usd must be a number.")]
    [InlineData("issue_refund", """{"order_id":42,"amount_usd":5,"context":{"Subject":"eve"}}""", "$.context is not asked for.")]
    public async Task Wrong_arguments_do_not_get_as_far_as_the_shop(string tool, string arguments, string error)
    {
        await using var rig = Rig();

        Assert.Contains(error, ToolArguments.Check(Find(rig, tool), arguments).ErrorForModel, StringComparison.Ordinal);
    }

    private Rig Rig() => new(services =>
    {
        var host = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        host.AddSampleTools(shop);
        foreach (var service in host.Services.Where(service => service.ServiceType == typeof(ToolDeclaration) || service.ServiceType == typeof(CodeTool)))
        {
            services.Add(service);
        }
    });

    private static ToolDeclaration Find(Rig rig, string name) => rig.Get<IEnumerable<ToolDeclaration>>().Single(tool => tool.Name == name);

    private static async Task<ToolResult> Run(Rig rig, string name, string arguments, string key = "key-1", int attempt = 1)
    {
        var tool = Find(rig, name);
        var check = ToolArguments.Check(tool, arguments);
        Assert.Null(check.ErrorForModel);
        return await rig.Runner.RunAsync(
            tool, rig.Request(tool, arguments, attempt) with { Arguments = check.Value!.Value, IdempotencyKey = key }, TestContext.Current.CancellationToken);
    }
}
