using System.Text;

namespace SessionGrains.Tools.Tests;

/// <summary>The signature of Standard Webhooks, on the example of its own specification.</summary>
public sealed class WebhookSignatureTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    [Fact]
    public void A_request_is_signed_as_Standard_Webhooks_lays_down()
    {
        using var request = new HttpRequestMessage();

        WebhookSignature.Sign(
            request.Headers, "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1614265330), Encoding.UTF8.GetBytes("""{"test": 2432232314}"""), Secret);

        Assert.Equal("msg_p5jXN8AQM9LWM0D4loKWxJek", Assert.Single(request.Headers.GetValues("webhook-id")));
        Assert.Equal("1614265330", Assert.Single(request.Headers.GetValues("webhook-timestamp")));
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", Assert.Single(request.Headers.GetValues("webhook-signature")));
    }

    [Fact]
    public void While_secrets_are_changed_there_is_a_signature_of_each()
    {
        using var request = new HttpRequestMessage();

        WebhookSignature.Sign(
            request.Headers, "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1614265330), Encoding.UTF8.GetBytes("""{"test": 2432232314}"""), "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", Secret);

        Assert.Matches("^v1,[^ ]+ v1,g0hM9SsE\\+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=$", Assert.Single(request.Headers.GetValues("webhook-signature")));
    }

    [Fact]
    public void Nothing_is_signed_with_nothing()
    {
        using var request = new HttpRequestMessage();

        Assert.Throws<FormatException>(() => WebhookSignature.Sign(request.Headers, "msg_1", DateTimeOffset.UnixEpoch, []));
        Assert.Empty(request.Headers);
    }

    [Theory]
    [InlineData("")]
    [InlineData("whsec_")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_not base 64")]
    public void What_is_no_signing_secret_signs_nothing_and_is_not_quoted(string secret)
    {
        using var request = new HttpRequestMessage();

        var refused = Assert.Throws<FormatException>(() => WebhookSignature.Sign(request.Headers, "msg_1", DateTimeOffset.UnixEpoch, [], Secret, secret));

        Assert.Empty(request.Headers);
        Assert.True(secret.Length <= WebhookSignature.SecretPrefix.Length || !refused.Message.Contains(secret, StringComparison.Ordinal));
    }
}
