using System.Text;
using System.Text.Json;

namespace SessionGrains.Api.Tests;

/// <summary>The address that takes a browser's offer.</summary>
public sealed class RealtimeCallTests : IClassFixture<ApiUnderTest>
{
    private const string Path = "/v1/realtime/calls";
    private const string Offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n";

    private readonly ApiUnderTest api;
    private readonly string secret = OwnSecret.New(WorkflowId.New());

    public RealtimeCallTests(ApiUnderTest api)
    {
        this.api = api;
        api.Grains.Reset();
    }

    [Fact]
    public async Task An_offer_with_one_of_our_secrets_gets_the_answer_and_the_calls_location()
    {
        using var response = await Connect(secret);

        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal("/v1/realtime/calls/rtc_answered", response.Headers.Location?.OriginalString);
        Assert.Equal("application/sdp", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(FakeWorkflow.Answer, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    [Fact]
    public async Task The_grain_gets_the_secrets_hash_and_the_offer_untouched()
    {
        using var response = await Connect(secret);

        Assert.Equal(OwnSecret.Hash(secret), api.Grains.LastSecretHash);
        Assert.Equal(Offer, api.Grains.LastOffer);
        Assert.Equal(["Connect"], api.Grains.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_lost_with_the_silo_it_came_through_or_would_have_gone_to_is_asked_again(bool answered)
    {
        await using var own = await ApiUnderTest.Start();
        own.Grains.Faults.Enqueue(answered ? new Orleans.Runtime.SiloUnavailableException("gone") : new Orleans.Runtime.OrleansException("invalid silo"));

        var connecting = Connect(secret, own);
        await Pass(own, TimeSpan.FromMilliseconds(500));
        await IsAnsweredAtTheSecondTry(own, connecting);
    }

    [Fact]
    public async Task One_that_never_comes_is_asked_for_again()
    {
        await using var own = await ApiUnderTest.Start();
        own.Grains.Silences = 1;

        var connecting = Connect(secret, own);
        await Pass(own, TimeSpan.FromSeconds(6));
        await Pass(own, TimeSpan.FromMilliseconds(500));
        await IsAnsweredAtTheSecondTry(own, connecting);
    }

    [Fact]
    public async Task When_none_ever_comes_the_browser_hears_so()
    {
        await using var own = await ApiUnderTest.Start();
        own.Grains.Silences = 100;

        var connecting = Connect(secret, own);
        for (var asked = 1; asked <= 4; asked++)
        {
            await Pass(own, TimeSpan.FromSeconds(6), asked);
            if (asked < 4)
            {
                await Pass(own, TimeSpan.FromMilliseconds(500), asked);
            }
        }

        using var response = await connecting.Soon();
        Assert.Equal(503, (int)response.StatusCode);
    }

    [Fact]
    public async Task One_that_cannot_be_had_any_more_is_503_and_not_the_browsers_fault()
    {
        await using var own = await ApiUnderTest.Start();
        own.Grains.Faults.Enqueue(new Orleans.Runtime.SiloUnavailableException("gone"));
        own.Grains.Refusal = new(RefusalCode.ClientSecretUsed, "This client secret was used.");

        var connecting = Connect(secret, own);
        await Pass(own, TimeSpan.FromMilliseconds(500));
        using var response = await connecting.Soon();

        await response.Problem(503, "storage_unavailable");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ek_someone_elses")]
    [InlineData("ek_sg_short")]
    [InlineData("a.b.c")]
    public async Task Without_one_of_our_secrets_it_is_401(string? bearer)
    {
        using var response = await Connect(bearer);

        await response.Problem(401, "invalid_client_secret");
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        Assert.Empty(api.Grains.Calls);
    }

    [Fact]
    public async Task A_users_token_is_no_client_secret()
    {
        using var response = await Connect(Token.OfAda);

        await response.Problem(401, "invalid_client_secret");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    [InlineData("multipart/form-data; boundary=x")]
    public async Task Only_an_offer_in_SDP_is_taken(string? contentType)
    {
        using var response = await api.Send("POST", Path, secret, Offer, contentType);

        await response.Problem(415, "unsupported_media_type");
        Assert.Empty(api.Grains.Calls);
    }

    [Fact]
    public async Task The_type_may_name_its_charset()
    {
        using var response = await api.Send("POST", Path, secret, Offer, "application/sdp; charset=utf-8");

        Assert.Equal(201, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("v=0\0")]
    public async Task An_empty_offer_or_one_that_is_no_text_is_400(string offer)
    {
        using var response = await api.Send("POST", Path, secret, offer, "application/sdp");

        await response.Problem(400, "invalid_request");
        Assert.Empty(api.Grains.Calls);
    }

    [Theory]
    [InlineData(256 * 1024, 201)]
    [InlineData((256 * 1024) + 1, 413)]
    [InlineData(480 * 1024, 413)]
    public async Task An_offer_over_256_KiB_is_413_also_when_it_comes_in_chunks(int size, int status)
    {
        var body = Encoding.UTF8.GetBytes(Offer.PadRight(size));
        foreach (var chunked in new[] { false, true })
        {
            using HttpContent content = chunked ? new ChunkedContent(body) : new ByteArrayContent(body);
            content.Headers.ContentType = new("application/sdp");

            using var response = await api.Send("POST", Path, secret, content);

            Assert.Equal(status, (int)response.StatusCode);
            if (status == 413)
            {
                await response.Problem(413, "payload_too_large");
            }
        }
    }

    [Fact]
    public async Task An_offer_beyond_the_servers_wall_reaches_no_grain_whether_or_not_its_sender_still_hears_why()
    {
        using var content = new ChunkedContent(new byte[1024 * 1024]);
        content.Headers.ContentType = new("application/sdp");

        try
        {
            using var response = await api.Send("POST", Path, secret, content);
            Assert.Equal(413, (int)response.StatusCode);
        }
        catch (HttpRequestException dropped) when (dropped.InnerException is IOException)
        {
            // The server reads no further and closes; whether the answer or the broken pipe is seen first is a race.
        }

        Assert.Empty(api.Grains.Calls);
    }

    [Theory]
    [InlineData(RefusalCode.InvalidClientSecret, 401, "invalid_client_secret")]
    [InlineData(RefusalCode.ClientSecretUsed, 409, "client_secret_used")]
    [InlineData(RefusalCode.DataChannelNotAllowed, 422, "data_channel_not_allowed")]
    [InlineData(RefusalCode.ProviderRejected, 502, "provider_rejected")]
    [InlineData(RefusalCode.ProviderUnavailable, 503, "provider_unavailable")]
    public async Task A_refusal_is_a_problem_that_also_speaks_as_OpenAI_does(RefusalCode refusal, int status, string code)
    {
        api.Grains.Refusal = new(refusal, "In words for a person.");

        using var response = await Connect(secret);

        var error = (await response.Problem(status, code)).GetProperty("error");
        Assert.Equal("In words for a person.", error.GetProperty("message").GetString());
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(JsonValueKind.Null, error.GetProperty("param").ValueKind);
    }

    [Fact]
    public async Task Faults_and_wrong_methods_speak_as_OpenAI_does_there_too()
    {
        api.Grains.Faults.Enqueue(new InvalidOperationException("inside"));
        using var broken = await Connect(secret);
        using var wrong = await api.Send("GET", Path);

        Assert.True((await broken.Problem(500, "internal_error")).TryGetProperty("error", out _));
        Assert.True((await wrong.Problem(405, "method_not_allowed")).TryGetProperty("error", out _));
    }

    /// <summary>Lets the time pass that somebody waits, for the n-th time.</summary>
    private static async Task Pass(ApiUnderTest own, TimeSpan time, int times = 1)
    {
        await own.Clock.Waits(time, times);
        own.Clock.Advance(time);
    }

    private static async Task IsAnsweredAtTheSecondTry(ApiUnderTest own, Task<HttpResponseMessage> connecting)
    {
        using var response = await connecting.Soon();

        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal(2, own.Grains.RequestIds.Count);
        Assert.Single(own.Grains.RequestIds.Distinct());
    }

    private Task<HttpResponseMessage> Connect(string? bearer, ApiUnderTest? to = null) => (to ?? api).Send("POST", Path, bearer, Offer, "application/sdp");
}
