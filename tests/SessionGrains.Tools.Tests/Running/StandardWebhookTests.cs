using SessionGrains.Tools.Running;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>What we sign passes a receiver's own check, which passes the example of the specification.</summary>
public sealed class StandardWebhookTests
{
    private static readonly Dictionary<string, string> Example = new()
    {
        ["webhook-id"] = "msg_p5jXN8AQM9LWM0D4loKWxJek",
        ["webhook-timestamp"] = "1614265330",
        ["webhook-signature"] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };

    [Fact]
    public void The_receivers_check_accepts_the_example_of_the_specification_and_nothing_near_it()
    {
        const string Body = """{"test": 2432232314}""";
        var then = DateTimeOffset.FromUnixTimeSeconds(1614265330);

        Assert.True(StandardWebhook.IsGenuine(Example, Body, Rig.Secret, then));
        Assert.False(StandardWebhook.IsGenuine(Example, Body + " ", Rig.Secret, then));
        Assert.False(StandardWebhook.IsGenuine(Example, Body, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", then));
        Assert.False(StandardWebhook.IsGenuine(Example, Body, Rig.Secret, then + TimeSpan.FromMinutes(6)));
        Assert.False(StandardWebhook.IsGenuine(new Dictionary<string, string>(Example) { ["webhook-id"] = "msg_other" }, Body, Rig.Secret, then));
    }

    [Fact]
    public async Task A_tool_that_declares_a_secret_gets_requests_that_pass_the_check()
    {
        await using var backend = await Backend.Answering(200);
        await using var rig = new Rig();

        await rig.Run(Rig.Web(backend.Url, secretEnv: "SECRET"), """{"order_id":"Ä-1"}""");

        var got = Assert.Single(backend.Requests);
        Assert.True(StandardWebhook.IsGenuine(got.Headers, got.Body, Rig.Secret, rig.Clock.GetUtcNow()));
        Assert.False(StandardWebhook.IsGenuine(got.Headers, got.Body.Replace("ada", "eve", StringComparison.Ordinal), Rig.Secret, rig.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task Each_attempt_has_the_same_id_and_a_signature_of_its_own_time()
    {
        await using var backend = await Backend.Start((context, before) =>
        {
            context.Response.StatusCode = before == 0 ? 503 : 200;
            context.Response.Headers.RetryAfter = before == 0 ? "2" : default;
            return Task.CompletedTask;
        });
        await using var rig = new Rig();

        var running = rig.Run(Rig.Web(backend.Url, ToolEffect.Keyed, "SECRET"));
        await rig.Clock.PassNextWait(TimeSpan.FromSeconds(3));
        await running;

        var (first, second) = (backend.Requests.First(), backend.Requests.Last());
        Assert.True(StandardWebhook.IsGenuine(second.Headers, second.Body, Rig.Secret, rig.Clock.GetUtcNow()));
        Assert.Equal(first.Headers["webhook-id"], second.Headers["webhook-id"]);
        Assert.NotEqual(first.Headers["webhook-timestamp"], second.Headers["webhook-timestamp"]);
    }

    [Fact]
    public async Task Without_the_declared_secret_nothing_is_sent()
    {
        await using var backend = await Backend.Answering(200);
        await using var rig = new Rig();

        Assert.IsType<ToolResult.Failed>(await rig.Run(Rig.Web(backend.Url, secretEnv: "MISSING")));
        Assert.Empty(backend.Requests);
    }
}
