using Microsoft.AspNetCore.Http;
using SessionGrains.Tools.Webhooks;
using StandardWebhooks.Diagnostics;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>Webhooks go out as HTTP tools do: signed, to checked addresses, once, and nothing of the answer counts but its status.</summary>
public sealed class WebhookSenderTests
{
    private const string Other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    [Fact]
    public async Task A_receiver_gets_the_body_as_it_is_with_the_three_headers_and_nothing_else_of_ours()
    {
        await using var backend = await Backend.Answering(204);
        await using var rig = NewRig();

        var answer = await Send(rig, backend.Url, """{"type":"workflow.ended","who":"Ä"}""");

        Assert.Equal(new(204, null), answer);
        var got = Assert.Single(backend.Requests);
        Assert.Equal(("POST", "/lookup", """{"type":"workflow.ended","who":"Ä"}"""), (got.Method, got.Path, got.Body));
        Assert.Equal(["content-length", "content-type", "host", "webhook-id", "webhook-signature", "webhook-timestamp"], got.Headers.Keys.Order());
        Assert.Equal("msg_1", got.Headers["webhook-id"]);
        Assert.True(StandardWebhook.IsGenuine(got.Headers, got.Body, Rig.Secret, rig.Clock.GetUtcNow()));
        Assert.False(StandardWebhook.IsGenuine(got.Headers, got.Body + " ", Rig.Secret, rig.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task With_two_secrets_either_of_them_verifies_and_no_third()
    {
        await using var backend = await Backend.Answering(200);
        await using var rig = NewRig();

        await Send(rig, backend.Url, secrets: [Rig.Secret, Other]);

        var got = Assert.Single(backend.Requests);
        Assert.Matches("^v1,[^ ]+ v1,[^ ]+$", got.Headers["webhook-signature"]);
        Assert.All([Rig.Secret, Other], secret => Assert.True(StandardWebhook.IsGenuine(got.Headers, got.Body, secret, rig.Clock.GetUtcNow())));
        Assert.False(StandardWebhook.IsGenuine(got.Headers, got.Body, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", rig.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task A_library_that_is_not_ours_accepts_what_we_sign_and_nothing_near_it()
    {
        await using var backend = await Backend.Answering(200);
        await using var rig = NewRig();
        // Its clock is the real one.
        rig.Clock.SetUtcNow(TimeProvider.System.GetUtcNow());

        await Send(rig, backend.Url, """{"type":"workflow.ended","who":"Ä"}""", [Rig.Secret, Other]);

        var got = Assert.Single(backend.Requests);
        var headers = new HeaderDictionary(got.Headers.ToDictionary(header => header.Key, header => new Microsoft.Extensions.Primitives.StringValues(header.Value)));
        new StandardWebhooks.StandardWebhook(Rig.Secret).Verify(got.Body, headers);
        // It looks at the first of several signatures, and at no other one.
        Assert.Throws<WebhookVerificationException>(() => new StandardWebhooks.StandardWebhook(Other).Verify(got.Body, headers));
        Assert.Throws<WebhookVerificationException>(() => new StandardWebhooks.StandardWebhook(Rig.Secret).Verify(got.Body + " ", headers));
        Assert.Throws<WebhookVerificationException>(() => new StandardWebhooks.StandardWebhook("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").Verify(got.Body, headers));
        headers["webhook-id"] = "msg_2";
        Assert.Throws<WebhookVerificationException>(() => new StandardWebhooks.StandardWebhook(Rig.Secret).Verify(got.Body, headers));
    }

    [Fact]
    public async Task The_check_that_the_guide_prints_accepts_either_secret_and_nothing_near_it()
    {
        await using var backend = await Backend.Answering(200);
        await using var rig = NewRig();
        rig.Clock.SetUtcNow(TimeProvider.System.GetUtcNow());

        await Send(rig, backend.Url, """{"type":"workflow.ended","who":"Ä"}""", [Other, Rig.Secret]);

        var got = Assert.Single(backend.Requests);
        var body = System.Text.Encoding.UTF8.GetBytes(got.Body);
        var headers = new HeaderDictionary(got.Headers.ToDictionary(header => header.Key, header => new Microsoft.Extensions.Primitives.StringValues(header.Value)));
        Assert.True(PrintedReceiver.IsGenuine(headers, body, Rig.Secret));
        Assert.True(PrintedReceiver.IsGenuine(headers, body, Other));
        Assert.False(PrintedReceiver.IsGenuine(headers, [.. body, 32], Rig.Secret));
        Assert.False(PrintedReceiver.IsGenuine(headers, body, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
        Assert.False(PrintedReceiver.IsGenuine(new HeaderDictionary(new Dictionary<string, Microsoft.Extensions.Primitives.StringValues>(headers) { ["webhook-id"] = "msg_2" }), body, Rig.Secret));
        Assert.False(PrintedReceiver.IsGenuine(new HeaderDictionary(new Dictionary<string, Microsoft.Extensions.Primitives.StringValues>(headers) { ["webhook-timestamp"] = "1614265330" }), body, Rig.Secret));
        Assert.False(PrintedReceiver.IsGenuine(new HeaderDictionary(), body, Rig.Secret));
    }

    [Fact]
    public void The_guide_prints_the_check_as_it_is_run()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "SessionGrains.sln")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        var run = Lines(File.ReadAllText(Path.Combine(root, "tests", "SessionGrains.Tools.Tests", "Running", "PrintedReceiver.cs")));
        run = run[run.IndexOf("public static bool", StringComparison.Ordinal)..^2];

        Assert.Contains(run, Lines(File.ReadAllText(Path.Combine(root, "docs", "webhooks.md"))), StringComparison.Ordinal);

        static string Lines(string text) => string.Join('\n', text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));
    }

    [Fact]
    public async Task Without_a_good_secret_nothing_is_sent()
    {
        await using var backend = await Backend.Answering(200);
        await using var rig = NewRig();

        foreach (var secrets in new string[][] { [], [""], ["whsec_"], [Rig.Secret, "not one"] })
        {
            Assert.Equal(new(null, "no signing secret"), await Send(rig, backend.Url, secrets: secrets));
        }

        Assert.Empty(backend.Requests);
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_is_no_arrival()
    {
        await using var target = await Backend.Answering(200);
        await using var backend = await Backend.Start((context, _) =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = target.Url.ToString();
            return Task.CompletedTask;
        });
        await using var rig = NewRig();

        var answer = await Send(rig, backend.Url);

        Assert.Equal((307, false), (answer.Status!.Value, answer.IsAccepted));
        Assert.Empty(target.Requests);
    }

    [Fact]
    public async Task A_receiver_that_does_not_answer_in_time_has_not_answered()
    {
        var asked = new TaskCompletionSource();
        await using var backend = await Backend.Start((context, _) =>
        {
            asked.SetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        await using var rig = NewRig();

        var sending = Send(rig, backend.Url);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        rig.Clock.Advance(TimeSpan.FromSeconds(15));

        Assert.Equal(new(null, "timeout"), await sending);
    }

    [Fact]
    public async Task A_receiver_that_is_not_there_is_one_word()
    {
        await using var rig = NewRig();

        var answer = await Send(rig, new("http://127.0.0.1:1/hooks"));

        Assert.Equal(new(null, "ConnectionError"), answer);
    }

    private static Rig NewRig() => new(services => services.AddWebhookSending());

    private static Task<WebhookAnswer> Send(Rig rig, Uri url, string body = "{}", string[]? secrets = null) => rig.Get<IWebhookSender>()
        .SendAsync(
            new(url, AllowsPrivateNetwork: true, secrets ?? [Rig.Secret]),
            new("msg_1", System.Text.Encoding.UTF8.GetBytes(body)),
            TimeSpan.FromSeconds(15),
            TestContext.Current.CancellationToken)
        .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
}
