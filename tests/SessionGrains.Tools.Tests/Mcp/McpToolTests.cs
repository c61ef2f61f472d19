using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using SessionGrains.Tools.Mcp;
using SessionGrains.Tools.Running;
using SessionGrains.Tools.Tests.Running;

namespace SessionGrains.Tools.Tests.Mcp;

/// <summary>Tools of MCP servers, against the official server package.</summary>
public sealed class McpToolTests
{
    private const string Ada = """{"name":"Ada"}""";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_tool_is_listed_under_its_servers_name_and_runs(bool isStateless)
    {
        await using var server = await McpBackend.Start(isStateless);
        await using var rig = new Rig();

        var tool = Assert.Single(await rig.List(McpBackend.Declared(server.Url)));

        Assert.Equal(("crm__find_customer", "Finds a customer."), (tool.Name, tool.Description));
        Assert.Equal("$.name is required.", ToolArguments.Check(tool, "{}").ErrorForModel!.Split("wrong. ")[1].Split(" Allowed")[0]);
        Assert.Equal(new ToolResult.Completed("Ada lives in Ulm", EndsWorkflow: false), await rig.Run(tool, Ada));
        Assert.Single(server.Calls);
    }

    [Fact]
    public async Task The_server_gets_the_tools_own_token_and_neither_user_nor_workflow()
    {
        await using var server = await McpBackend.Start();
        await using var rig = new Rig();

        await rig.Run(McpBackend.Declared(server.Url), Ada);

        Assert.Equal(["Bearer crm-token"], server.Authorizations.Distinct());
        var call = JsonSerializer.Serialize(Assert.Single(server.Calls), McpJsonUtilities.DefaultOptions);
        Assert.DoesNotContain("wf_1", call, StringComparison.Ordinal);
        Assert.DoesNotContain("acme", call, StringComparison.Ordinal);
        Assert.DoesNotContain("key-1", call, StringComparison.Ordinal);
        Assert.DoesNotContain("crm-token", rig.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_honours_our_key_gets_it()
    {
        await using var server = await McpBackend.Start();
        await using var rig = new Rig();

        await rig.Run(McpBackend.Declared(server.Url, ToolEffect.Keyed), Ada);

        Assert.Equal("key-1", (string?)Assert.Single(server.Calls).Meta![McpTool.KeyName]);
    }

    [Fact]
    public async Task Without_the_declared_token_nobody_is_asked()
    {
        await using var server = await McpBackend.Start();
        await using var rig = new Rig();
        var declared = McpBackend.Declared(server.Url);
        declared = declared with { Target = (ToolTarget.Mcp)declared.Target with { BearerEnv = "MISSING" } };

        Assert.Empty(await rig.List(declared));
        Assert.IsType<ToolResult.Failed>(await rig.Run(declared, Ada));
        Assert.Empty(server.Authorizations);
    }

    [Fact]
    public async Task A_tool_that_its_server_does_not_offer_is_not_listed_and_fails()
    {
        await using var server = await McpBackend.Start();
        await using var rig = new Rig();
        server.Tool = new Tool { Name = "other", InputSchema = JsonElement.Parse(McpBackend.Schema) };

        Assert.Empty(await rig.List(McpBackend.Declared(server.Url)));
        Assert.IsType<ToolResult.Failed>(await rig.Run(McpBackend.Declared(server.Url), Ada));
        Assert.Empty(server.Calls);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task An_error_of_the_tool_says_nothing_about_a_run_before_that_nobody_recorded(int attempt, bool isUnknown)
    {
        await using var server = await McpBackend.Start();
        await using var rig = new Rig();
        server.OnCall = (_, _) => ValueTask.FromResult(McpBackend.Text("Not again.", isError: true));

        var result = await rig.Run(McpBackend.Declared(server.Url, ToolEffect.Keyed), Ada, attempt);

        Assert.Equal(isUnknown ? new ToolResult.Unknown("Not again.") : new ToolResult.Failed("Not again."), result);
    }

    [Fact]
    public async Task An_error_of_the_tool_is_told_in_its_own_words()
    {
        await using var server = await McpBackend.Start();
        await using var rig = new Rig();
        server.OnCall = (_, _) => ValueTask.FromResult(McpBackend.Text("There is no such customer.", isError: true));

        Assert.Equal(new ToolResult.Failed("There is no such customer."), await rig.Run(McpBackend.Declared(server.Url), Ada));
    }

    [Theory]
    [InlineData(McpErrorCode.InvalidParams, false)]
    [InlineData(McpErrorCode.InternalError, true)]
    public async Task An_error_of_the_protocol_is_a_failure_only_where_the_server_did_not_run_it(McpErrorCode code, bool isUnknown)
    {
        await using var server = await McpBackend.Start();
        await using var rig = new Rig();
        server.OnCall = (_, _) => throw new McpProtocolException("broken", code);

        var result = await rig.Run(McpBackend.Declared(server.Url), Ada);

        Assert.Equal(isUnknown, result is ToolResult.Unknown);
        Assert.Equal(!isUnknown, result is ToolResult.Failed);
        Assert.Single(server.Calls);
    }

    [Fact]
    public async Task An_output_is_cut_at_its_cap()
    {
        await using var server = await McpBackend.Start();
        await using var rig = new Rig();
        server.OnCall = (_, _) => ValueTask.FromResult(McpBackend.Text(new string('x', 1_000)));

        var result = Assert.IsType<ToolResult.Completed>(await rig.Run(McpBackend.Declared(server.Url) with { MaxOutputBytes = 10 }, Ada));

        Assert.StartsWith("xxxxxxxxxx\n[The output was cut", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_floods_us_is_cut_off()
    {
        await using var server = await McpBackend.Start();
        await using var rig = new Rig();
        server.OnCall = (_, _) => ValueTask.FromResult(McpBackend.Text(new string('x', (int)McpWire.MaxBytes)));

        Assert.IsType<ToolResult.Unknown>(await rig.Run(McpBackend.Declared(server.Url), Ada));
        Assert.Single(server.Calls);
    }

    [Fact]
    public async Task A_server_that_floods_us_with_its_list_is_left_out()
    {
        await using var server = await McpBackend.Start();
        await using var rig = new Rig();
        server.Tool = new Tool { Name = "find_customer", Description = new string('x', (int)McpWire.MaxBytes), InputSchema = JsonElement.Parse(McpBackend.Schema) };

        Assert.Empty(await rig.List(McpBackend.Declared(server.Url)));
        Assert.IsType<ToolResult.Failed>(await rig.Run(McpBackend.Declared(server.Url), Ada));
        Assert.Empty(server.Calls);
    }

    [Fact]
    public async Task Cancelling_ends_a_running_call_at_once()
    {
        var started = new TaskCompletionSource();
        await using var server = await McpBackend.Start();
        await using var rig = new Rig();
        server.OnCall = async (_, cancellationToken) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return McpBackend.Text("never");
        };
        using var cancel = new CancellationTokenSource();

        var running = rig.Run(McpBackend.Declared(server.Url), Ada, cancellationToken: cancel.Token);
        await started.Task;
        await cancel.CancelAsync();

        Assert.Equal(new ToolResult.Unknown("The call was cancelled."), await running);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_left_out_of_the_list_and_its_tools_fail()
    {
        Uri url;
        await using (var server = await McpBackend.Start())
        {
            url = server.Url;
        }

        await using var rig = new Rig();

        Assert.Empty(await rig.List(McpBackend.Declared(url)));
        Assert.Equal(new ToolResult.Failed("The tool's server gave no answer."), await rig.Run(McpBackend.Declared(url), Ada));
    }

    [Theory]
    [InlineData(ToolEffect.Unkeyed, 1, true)]
    [InlineData(ToolEffect.Keyed, 4, true)]
    [InlineData(ToolEffect.Read, 4, false)]
    public async Task A_call_that_gets_no_answer_is_sent_again_only_where_that_is_safe(ToolEffect effect, int calls, bool isUnknown)
    {
        await using var server = await McpBackend.Start();
        await using var rig = new Rig();
        server.OnCall = (_, _) => throw new McpProtocolException("broken", McpErrorCode.InternalError);

        var running = rig.Run(McpBackend.Declared(server.Url, effect), Ada);
        for (var retry = 1; retry < calls; retry++)
        {
            await rig.Clock.PassRetry();
        }

        Assert.Equal(isUnknown, await running is ToolResult.Unknown);
        Assert.Equal(calls, server.Calls.Count);
    }
}
