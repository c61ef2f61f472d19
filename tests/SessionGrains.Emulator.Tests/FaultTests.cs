using System.Net;
using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Tests;

/// <summary>Faults on demand happen as asked, as often as asked, and where asked.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task Faults_happen_in_order_and_then_stop()
    {
        await using var lab = await Lab.Start();
        await lab.Fault(new JsonObject { ["endpoint"] = "hangup", ["times"] = 2, ["status"] = 500 });
        await lab.Fault(new JsonObject { ["endpoint"] = "hangup", ["status"] = 429, ["code"] = "rate_limit_exceeded", ["headers"] = new JsonObject { ["Retry-After"] = "2" } });
        var callId = await lab.CreateCall();

        var replies = new List<Reply>();
        for (var i = 0; i < 4; i++)
        {
            replies.Add(await lab.HangUp(callId));
        }

        Assert.Equal([500, 500, 429, 200], replies.Select(r => (int)r.Status));
        Assert.Equal("server_error", replies[0].Error["type"]!.GetValue<string>());
        Assert.Equal("rate_limit_exceeded", replies[2].ErrorCode);
        Assert.Equal("2", replies[2].Headers["Retry-After"]);
        Assert.Equal(3, (await lab.Ledger("request.refused")).Count);
    }

    [Fact]
    public async Task A_fault_without_a_number_of_times_lasts_until_it_is_cleared()
    {
        await using var lab = await Lab.Start();
        await lab.Fault(new JsonObject { ["endpoint"] = "client_secrets", ["times"] = 0, ["status"] = 503 });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await lab.Mint()).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await lab.Mint()).Status);
        await lab.Control(HttpMethod.Delete, "faults");

        Assert.Equal(HttpStatusCode.OK, (await lab.Mint()).Status);
    }

    [Fact]
    public async Task A_fault_may_be_limited_to_one_call()
    {
        await using var lab = await Lab.Start();
        var (spared, hit) = (await lab.CreateCall(), await lab.CreateCall());
        await lab.Fault(new JsonObject { ["endpoint"] = "hangup", ["status"] = 500, ["call_id"] = hit });

        Assert.Equal(HttpStatusCode.OK, (await lab.HangUp(spared)).Status);
        Assert.Equal(HttpStatusCode.InternalServerError, (await lab.HangUp(hit)).Status);
    }

    [Fact]
    public async Task A_dropped_reply_leaves_the_call_created_and_the_caller_without_an_answer()
    {
        await using var lab = await Lab.Start();
        await lab.Fault(new JsonObject { ["endpoint"] = "calls", ["drop_reply"] = true });

        await Assert.ThrowsAsync<HttpRequestException>(() => lab.CallWithKey());

        Assert.Single(await lab.Ledger("call.created"));
        Assert.Single((await lab.Control(HttpMethod.Get, "calls")).Array);
    }

    [Fact]
    public async Task A_request_that_hangs_has_done_nothing()
    {
        await using var lab = await Lab.Start();
        await lab.Fault(new JsonObject { ["endpoint"] = "client_secrets", ["hang"] = true });
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, lab.Api("realtime/client_secrets"));
        request.Headers.Add("Authorization", $"Bearer {Lab.Key}");

        var minting = lab.Http.SendAsync(request, patience.Token);
        await lab.Eventually("request.hung");
        Assert.False(minting.IsCompleted);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => minting);
        Assert.Empty(await lab.Ledger("client_secret.created"));
    }

    [Fact]
    public async Task A_request_may_act_and_still_answer_with_an_error()
    {
        await using var lab = await Lab.Start();
        await lab.Fault(new JsonObject { ["endpoint"] = "client_secrets", ["status"] = 500, ["act"] = true });

        Assert.Equal(HttpStatusCode.InternalServerError, (await lab.Mint()).Status);
        Assert.Single(await lab.Ledger("client_secret.created"));
    }

    [Fact]
    public async Task A_delay_is_waited_for()
    {
        await using var lab = await Lab.Start();
        await lab.Fault(new JsonObject { ["endpoint"] = "client_secrets", ["delay_ms"] = 200 });
        var started = TimeProvider.System.GetTimestamp();

        Assert.Equal(HttpStatusCode.OK, (await lab.Mint()).Status);

        Assert.True(TimeProvider.System.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(195));
    }

    [Theory]
    [InlineData("""{"endpoint":"elsewhere","status":500}""")]
    [InlineData("""{"endpoint":"calls","statuss":500}""")]
    [InlineData("""{"status":500}""")]
    [InlineData("""{"endpoint":"calls","times":-1}""")]
    public async Task A_fault_that_would_never_happen_is_refused(string fault)
    {
        await using var lab = await Lab.Start();

        Assert.Equal(HttpStatusCode.BadRequest, (await lab.Fault(JsonNode.Parse(fault)!.AsObject())).Status);
    }
}
