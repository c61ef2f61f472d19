using Xunit;

namespace SessionGrains.OpenAI.Tests;

public sealed class HangUpTests
{
    [Fact]
    public async Task A_hang_up_is_accepted_once_and_then_the_call_is_not_found()
    {
        await using var lab = await Lab.Start();
        var call = await lab.Created();

        Assert.IsType<HangUpReply.Accepted>(await lab.HangUp(call.CallId));
        Assert.IsType<HangUpReply.NotFound>(await lab.HangUp(call.CallId));

        Assert.Equal("key", Assert.Single(await lab.Ledger("call.hangup"))["details"]!["by"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("404")]
    [InlineData("400")]
    public async Task An_unknown_call_is_not_found_however_OpenAI_says_so(string status)
    {
        await using var lab = await Lab.Start();
        await lab.Settings($$"""{"hangup_unknown":"{{status}}"}""");

        Assert.IsType<HangUpReply.NotFound>(await lab.HangUp("rtc_unknown"));
    }

    [Theory]
    [InlineData(400, ProviderFaultKind.Rejected)]
    [InlineData(401, ProviderFaultKind.Rejected)]
    [InlineData(403, ProviderFaultKind.Rejected)]
    [InlineData(429, ProviderFaultKind.RateLimited)]
    [InlineData(500, ProviderFaultKind.Unavailable)]
    [InlineData(503, ProviderFaultKind.Unavailable)]
    public async Task Any_other_answer_means_that_it_has_to_be_tried_again(int status, ProviderFaultKind kind)
    {
        await using var lab = await Lab.Start();
        var call = await lab.Created();
        await lab.Fault($$"""{"endpoint":"hangup","status":{{status}},"code":"some_code"}""");

        Assert.Equal(kind, Assert.IsType<HangUpReply.Failed>(await lab.HangUp(call.CallId)).Fault.Kind);
        Assert.IsType<HangUpReply.Accepted>(await lab.HangUp(call.CallId));
    }

    [Fact]
    public async Task A_browsers_call_answers_to_its_own_secret_and_to_no_other_key()
    {
        await using var lab = await Lab.Start();
        var secret = await lab.Minted();
        var call = await lab.CreateAsBrowser(secret);

        Assert.IsType<HangUpReply.NotFound>(await lab.HangUp(call));
        Assert.IsType<HangUpReply.Accepted>(await lab.HangUp(call, secret.Value));

        Assert.Equal("ek", Assert.Single(await lab.Ledger("call.hangup"))["details"]!["by"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_hang_up_with_a_secret_does_not_carry_the_key_and_the_next_one_does_not_carry_the_secret()
    {
        await using var listener = await Listener.Start(_ => Task.CompletedTask);
        await using var lab = Lab.At(listener.BaseUrl);

        await lab.HangUp("rtc_one", "ek_own");
        await lab.HangUp("rtc_two");

        Assert.Equal("/v1/realtime/calls/rtc_one/hangup", listener.Requests[0].Path);
        Assert.Equal("Bearer ek_own", listener.Requests[0].Headers["Authorization"]);
        Assert.DoesNotContain(listener.Requests[0].Headers.Values, value => value.Contains(Lab.Key, StringComparison.Ordinal));
        Assert.Equal($"Bearer {Lab.Key}", listener.Requests[1].Headers["Authorization"]);
        Assert.DoesNotContain(listener.Requests[1].Headers.Values, value => value.Contains("ek_own", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_id_cannot_lead_the_request_elsewhere()
    {
        await using var listener = await Listener.Start(_ => Task.CompletedTask);
        await using var lab = Lab.At(listener.BaseUrl);

        await lab.HangUp("../client_secrets?x=/y");

        Assert.EndsWith("/hangup", Assert.Single(listener.Requests).Path, StringComparison.Ordinal);
        Assert.StartsWith("/v1/realtime/calls/", listener.Requests[0].Path, StringComparison.Ordinal);
    }
}
