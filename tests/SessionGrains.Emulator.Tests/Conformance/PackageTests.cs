using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI.Realtime;

namespace SessionGrains.Emulator.Tests.Conformance;

/// <summary>OpenAI's own .NET package works against the emulator, without knowing.</summary>
public sealed class PackageTests
{
    [Fact]
    public async Task It_mints_a_secret()
    {
        await using var lab = await Lab.Start();

        CreateClientSecretResult minted = await Client(lab).CreateRealtimeClientSecretAsync(
            new CreateClientSecretOptions { SessionOptions = new RealtimeConversationSessionOptions { Model = "gpt-realtime-2.1", Instructions = "Be brief." } },
            TestContext.Current.CancellationToken);

        Assert.StartsWith("ek_", minted.Value, StringComparison.Ordinal);
        Assert.True(minted.ExpiresAt > TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public async Task It_learns_why_it_was_refused()
    {
        await using var lab = await Lab.Start();

        var refused = await Assert.ThrowsAsync<ClientResultException>(() => Client(lab, "sk-wrong").CreateRealtimeClientSecretAsync(
            new CreateClientSecretOptions(), TestContext.Current.CancellationToken));

        Assert.Equal(401, refused.Status);
        Assert.Contains("invalid_api_key", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_attaches_to_a_call_and_has_the_model_speak()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();
        using var session = await Client(lab).StartSessionAsync(
            null, null, new RealtimeSessionClientOptions { QueryString = $"call_id={callId}" }, TestContext.Current.CancellationToken);

        await session.StartResponseAsync(TestContext.Current.CancellationToken);
        var done = await session.ReceiveUpdatesAsync(TestContext.Current.CancellationToken)
            .OfType<RealtimeServerUpdateResponseDone>().FirstAsync(TestContext.Current.CancellationToken);

        Assert.True(done.Response.Usage.TotalTokenCount > 0);
    }

    private static RealtimeClient Client(Lab lab, string key = Lab.Key) => new(
        new ApiKeyCredential(key), new RealtimeClientOptions { Endpoint = lab.BaseUrl, RetryPolicy = new ClientRetryPolicy(0) });
}
