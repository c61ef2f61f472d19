using SessionGrains.Emulator;
using SessionGrains.OpenAI.Sideband;
using Xunit;

namespace SessionGrains.OpenAI.Tests;

/// <summary>
/// Calls that were created with the server's key of before. OpenAI says of another project's call what it says of one that is
/// gone, so a new key alone cannot tell that a call is over.
/// </summary>
public sealed class RotationTests
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_of_the_key_before_is_hung_up_after_a_rotation_to_another_projects_key()
    {
        using var file = new KeyFile("sk-old");
        await using var lab = await Start(file);
        var call = await lab.Created();

        Rotate(lab, file, "sk-new");

        Assert.IsType<HangUpReply.Accepted>(await lab.HangUp(call.CallId));
        Assert.IsType<HangUpReply.NotFound>(await lab.HangUp(call.CallId));
    }

    [Fact]
    public async Task A_call_of_the_key_before_is_attached_to_after_a_rotation_to_another_projects_key()
    {
        using var file = new KeyFile("sk-old");
        await using var lab = await Start(file);
        var call = await lab.Created();

        Rotate(lab, file, "sk-new");

        await using var sideband = Assert.IsType<AttachReply.Attached>(await Attach(lab, call.CallId)).Sideband;
    }

    [Fact]
    public async Task A_key_is_remembered_for_as_long_as_its_calls_can_last_and_no_longer()
    {
        using var file = new KeyFile("sk-old");
        await using var lab = await Start(file);
        var (first, second) = (await lab.Created(), await lab.Created());
        Rotate(lab, file, "sk-new");
        await lab.Minted();

        lab.Clock.Advance(TimeSpan.FromMinutes(64));
        Assert.IsType<HangUpReply.Accepted>(await lab.HangUp(first.CallId));
        lab.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.IsType<HangUpReply.NotFound>(await lab.HangUp(second.CallId));
        Assert.IsType<AttachReply.NotFound>(await Attach(lab, second.CallId));
    }

    [Theory]
    [InlineData(404, 200, typeof(HangUpReply.Accepted))]
    [InlineData(404, 404, typeof(HangUpReply.NotFound))]
    // The key before was revoked, as it should be after a rotation: it will never say more than that.
    [InlineData(404, 401, typeof(HangUpReply.NotFound))]
    [InlineData(404, 403, typeof(HangUpReply.NotFound))]
    // It may still be the call's: only its own answer can tell, so it must be asked again.
    [InlineData(404, 503, typeof(HangUpReply.Failed))]
    [InlineData(404, 429, typeof(HangUpReply.Failed))]
    // The new key does not work yet.
    [InlineData(401, 200, typeof(HangUpReply.Accepted))]
    [InlineData(401, 404, typeof(HangUpReply.Failed))]
    [InlineData(401, 401, typeof(HangUpReply.Failed))]
    public async Task Of_two_keys_the_one_that_hangs_up_is_right_then_the_one_that_cannot_tell_yet_then_the_newer_one(int newKey, int oldKey, Type reply)
    {
        using var file = new KeyFile("sk-old");
        await using var openAI = await Answering(newKey, oldKey);
        await using var lab = Lab.At(openAI.BaseUrl, settings: ("OPENAI_API_KEY_FILE", file.Path));
        Rotate(lab, file, "sk-new");

        Assert.IsType(reply, await lab.HangUp("rtc_1"));
        Assert.Equal(["Bearer sk-new", "Bearer sk-old"], KeysIn(openAI));
    }

    [Theory]
    [InlineData(404, 404, typeof(AttachReply.NotFound))]
    [InlineData(404, 401, typeof(AttachReply.NotFound))]
    [InlineData(404, 503, typeof(AttachReply.Failed))]
    [InlineData(401, 404, typeof(AttachReply.Failed))]
    public async Task A_call_is_not_found_only_if_no_key_that_could_be_asked_knows_it(int newKey, int oldKey, Type reply)
    {
        using var file = new KeyFile("sk-old");
        await using var openAI = await Answering(newKey, oldKey);
        await using var lab = Lab.At(openAI.BaseUrl, settings: ("OPENAI_API_KEY_FILE", file.Path));
        Rotate(lab, file, "sk-new");

        Assert.IsType(reply, await Attach(lab, "rtc_1"));
        Assert.Equal(["Bearer sk-new", "Bearer sk-old"], KeysIn(openAI));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task No_earlier_key_is_asked_when_the_newest_one_has_done_it_or_must_be_tried_again(int newKey)
    {
        using var file = new KeyFile("sk-old");
        await using var openAI = await Answering(newKey, 200);
        await using var lab = Lab.At(openAI.BaseUrl, settings: ("OPENAI_API_KEY_FILE", file.Path));
        Rotate(lab, file, "sk-new");

        await lab.HangUp("rtc_1");

        Assert.Equal(["Bearer sk-new"], KeysIn(openAI));
    }

    [Fact]
    public async Task A_calls_own_secret_is_asked_alone()
    {
        using var file = new KeyFile("sk-old");
        await using var openAI = await Answering(404, 404);
        await using var lab = Lab.At(openAI.BaseUrl, settings: ("OPENAI_API_KEY_FILE", file.Path));
        Rotate(lab, file, "sk-new");

        Assert.IsType<HangUpReply.NotFound>(await lab.HangUp("rtc_1", "ek_own"));
        Assert.IsType<AttachReply.NotFound>(await lab.Sidebands.AttachAsync("rtc_1", "ek_own", Cancellation));

        Assert.Equal(["Bearer ek_own", "Bearer ek_own"], KeysIn(openAI));
    }

    [Fact]
    public async Task Only_a_few_keys_are_remembered_each_once_and_the_newest_is_asked_first()
    {
        using var file = new KeyFile("sk-0");
        await using var openAI = await Answering(404, 404);
        await using var lab = Lab.At(openAI.BaseUrl, settings: ("OPENAI_API_KEY_FILE", file.Path));
        foreach (var key in (string[])["sk-1", "sk-2", "sk-3", "sk-4", "sk-5", "sk-4"])
        {
            Rotate(lab, file, key);
            await lab.Mint();
        }

        var minted = openAI.Requests.Count;
        await lab.HangUp("rtc_1");

        Assert.Equal(["Bearer sk-4", "Bearer sk-5", "Bearer sk-3", "Bearer sk-2"], KeysIn(openAI).Skip(minted));
    }

    [Fact]
    public async Task No_earlier_key_is_logged()
    {
        using var file = new KeyFile("sk-old");
        await using var openAI = await Answering(401, 401);
        await using var lab = Lab.At(openAI.BaseUrl, settings: ("OPENAI_API_KEY_FILE", file.Path));
        Rotate(lab, file, "sk-new");

        var said = $"{await lab.HangUp("rtc_1")} {await Attach(lab, "rtc_1")}";

        Assert.Contains("hang up failed", lab.Logs.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-", lab.Logs.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-", said, StringComparison.Ordinal);
    }

    // Neither key may do what the other one can, as with keys of two projects.
    private static Task<Lab> Start(KeyFile file) =>
        Lab.Start(null, new EmulatorOptions { ApiKeys = ["sk-old", "sk-new"] }, ("OPENAI_API_KEY_FILE", file.Path));

    private static void Rotate(Lab lab, KeyFile file, string key)
    {
        file.Write(key);
        lab.Clock.Advance(LookEvery);
    }

    private static Task<AttachReply> Attach(Lab lab, string call) => lab.Sidebands.AttachAsync(call, null, Cancellation);

    private static Task<Listener> Answering(int newKey, int oldKey) => Listener.Start(response =>
    {
        response.StatusCode = response.HttpContext.Request.Headers.Authorization.ToString() is "Bearer sk-old" ? oldKey : newKey;
        return Task.CompletedTask;
    });

    private static IEnumerable<string> KeysIn(Listener openAI) => openAI.Requests.Select(request => request.Headers["Authorization"]);
}
