using System.Net;
using Client = SessionGrains.Testing.Hosts.Browser;

namespace SessionGrains.Browser.Tests.Trouble;

/// <summary>What happens to real conversations: the page says the right thing each time, and the call ends when it was promised to.</summary>
[Collection(OneCluster.Name)]
public sealed class TroubleTests(Chromium chromium, TroubledCluster cluster)
{
    // As docs/operations.md has them.
    private static readonly TimeSpan Healthy = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AfterADeath = TimeSpan.FromSeconds(30);

    private static readonly string[] UntilConnected = ["Please allow the microphone", "Asking the server for permission", "Connecting the call", "Connected. You can speak."];
    private static readonly string[] UntilTheEnd = [.. UntilConnected, "Hanging up", "The conversation is over"];
    private static readonly string[] UserOrPage = ["user_ended", "call_ended"];
    private static readonly string[] Missed = ["heartbeat_lost", "call_ended"];

    [Theory]
    [InlineData("sealed", "fully", "hung_up", "hung up by the server")]
    [InlineData("brokered", "fully", "hung_up", "hung up by the server")]
    // Its secret died with the silo, and OpenAI lets no other key near such a call: the page relays its tools, and closes the call itself.
    [InlineData("client_secret", "by its id only", "browser_left", "not confirmed by OpenAI")]
    public async Task When_its_silo_is_killed_the_page_notices_nothing_the_next_tool_call_runs_once_and_End_ends(string definition, string held, string reason, string said)
    {
        await using var scene = await TroubledPage.Open(chromium, cluster);
        await scene.Start(definition);

        await cluster.KillOwner(scene.Call);
        await scene.AskForTool("call_after", 7);
        await scene.Says(".tool", "done");
        await scene.Says("#control", held);
        await scene.Sound.FlowsBothWays();
        Assert.Equal(UntilConnected, await scene.Shown());
        Assert.Single(cluster.Tools.Effects, effect => effect.Workflow == scene.Workflow);

        var pressed = TimeProvider.System.GetUtcNow();
        await scene.End();
        await scene.Says("#over-why", "You ended it.");
        await scene.Says("#over-facts", said);

        Assert.Equal(UntilTheEnd, await scene.Shown());
        await Ends(scene, pressed, Healthy, reason);
        Assert.Single(scene.Calls);
    }

    [Fact]
    public async Task A_user_who_presses_End_while_its_silo_dies_sees_it_end()
    {
        await using var scene = await TroubledPage.Open(chromium, cluster);
        await scene.Start("sealed");

        await cluster.KillOwner(scene.Call);
        var pressed = TimeProvider.System.GetUtcNow();
        await scene.End();

        await scene.Says("#state", "The conversation is over");
        await Ends(scene, pressed, AfterADeath);
        Assert.Contains((string?)(await scene.Ended())["end_reason"], UserOrPage);
    }

    [Fact]
    public async Task When_its_silo_is_killed_the_time_for_one_conversation_still_ends_it()
    {
        await using var scene = await TroubledPage.Open(chromium, cluster);
        await scene.Start("short");

        await cluster.KillOwner(scene.Call);

        await scene.Says("#over-why", "The time for one conversation was up.");
        await Ends(scene, await Expiry(scene), AfterADeath, "hung_up");
        Assert.Equal("max_duration", (string?)(await scene.Ended())["end_reason"]);
    }

    [Fact]
    public async Task When_the_API_is_killed_the_call_goes_on_and_a_restarted_one_picks_the_page_up_again()
    {
        await using var scene = await TroubledPage.Open(chromium, cluster);
        await scene.Start("sealed");

        await cluster.Product.Api.KillAsync();
        await scene.AskForTool("call_meanwhile", 8);
        await Until.True(() => Task.FromResult(cluster.Tools.Effects.Any(effect => effect.Workflow == scene.Workflow)), "the tool's effect, without any API");
        await scene.Sound.FlowsBothWays();
        await cluster.Product.RestartApi();

        await scene.Says(".tool", "done");
        Assert.Equal(UntilConnected, await scene.Shown());
        var pressed = TimeProvider.System.GetUtcNow();
        await scene.End();
        await scene.Says("#over-why", "You ended it.");
        await scene.Says("#over-facts", "hung up by the server");
        await Ends(scene, pressed, Healthy, "hung_up");
        Assert.Single(scene.Calls);
    }

    [Fact]
    public async Task A_user_who_presses_End_without_an_API_is_told_the_truth_and_the_workflow_ends()
    {
        await using var scene = await TroubledPage.Open(chromium, cluster);
        await scene.Start("sealed");

        await cluster.Product.Api.KillAsync();
        var pressed = TimeProvider.System.GetUtcNow();
        await scene.End();

        await scene.Says("#over-why", "It is over on this page. The server could not be told, and will notice.");
        await scene.Says("#problem", "The service cannot be reached.");
        await scene.Says("#over-facts", "closed by this page");
        await scene.Picture("7-ended-untold");
        await Ends(scene, pressed, Healthy, "browser_left");
        await cluster.Product.RestartApi();
        Assert.Equal("call_ended", (string?)(await scene.Ended())["end_reason"]);
    }

    [Fact]
    public async Task When_the_API_stays_away_the_server_hangs_up_and_the_page_learns_why_once_it_is_back()
    {
        await using var scene = await TroubledPage.Open(chromium, cluster);
        await scene.Start("watched");

        await cluster.Product.Api.KillAsync();
        var killed = TimeProvider.System.GetUtcNow();
        await scene.Says("#state", "The connection broke. Connecting again");
        await Ends(scene, killed.AddSeconds(TroubledCluster.WatchedSeconds), Healthy, "hung_up");
        await cluster.Product.RestartApi();

        await scene.Says("#over-why", "The server lost sight of this page.");
        await scene.Says("#over-facts", "hung up by the server");
        Assert.Single(scene.Calls);
    }

    [Fact]
    public async Task Its_time_runs_out()
    {
        await using var scene = await TroubledPage.Open(chromium, cluster);
        await scene.Start("short");

        await scene.Says("#hurry", "left");
        await scene.Says("#over-why", "The time for one conversation was up.");
        await scene.Says("#over-facts", "hung up by the server");

        await Ends(scene, await Expiry(scene), Healthy, "hung_up");
        Assert.Equal(["the other end", "this page"], await scene.Sound.Closings());
    }

    [Theory]
    [InlineData("sealed")]
    [InlineData("brokered")]
    [InlineData("client_secret")]
    public async Task An_operator_revokes_it(string definition)
    {
        await using var scene = await TroubledPage.Open(chromium, cluster);
        await scene.Start(definition);
        using var oona = Client.Of("oona", cluster.Product.Url, scope: "sessiongrains.operator");

        var revoked = TimeProvider.System.GetUtcNow();
        var answer = await oona.Send(HttpMethod.Post, $"/v1/admin/workflows/{scene.Workflow}/revoke", """{"reason_detail":"reported"}""");
        Assert.Equal((HttpStatusCode.OK, "revoked"), (answer.Status, (string?)answer.Json["end_reason"]));

        await scene.Says("#over-why", "An operator ended it.");
        await scene.Says("#over-facts", "hung up by the server");
        await Ends(scene, revoked, Healthy, "hung_up");
        Assert.Equal(UntilTheEnd, await scene.Shown());
        Assert.Equal(["the other end", "this page"], await scene.Sound.Closings());
    }

    [Theory]
    [InlineData("sealed")]
    [InlineData("brokered")]
    [InlineData("client_secret")]
    public async Task A_page_that_was_offline_for_ten_seconds_talks_on_in_the_same_workflow_and_its_first_call_is_hung_up(string definition)
    {
        await using var scene = await TroubledPage.Open(chromium, cluster);
        await scene.Start(definition);
        var first = scene.Call;

        await using (await Network.Cut(scene.Page))
        {
            await scene.Says("#state", "You are offline. Waiting for the network");
            await Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        var back = TimeProvider.System.GetUtcNow();
        await scene.Says("#state", "Connected. You can speak.");
        await scene.AskForTool("call_after", 9);
        await scene.Says(".tool", "done");
        await scene.Sound.FlowsBothWays();
        var shown = await scene.Shown();
        Assert.Equal([.. UntilConnected, "You are offline. Waiting for the network"], shown[..5]);
        Assert.Equal("Connected. You can speak.", shown[^1]);
        Assert.NotEqual(first, scene.Call);
        Assert.InRange((await scene.EndOf(first)).At, back - AfterADeath, back + AfterADeath);

        var pressed = TimeProvider.System.GetUtcNow();
        await scene.End();
        await scene.Says("#over-why", "You ended it.");
        await Ends(scene, pressed, Healthy, "hung_up");
        Assert.Empty(await cluster.OpenAI.LiveCalls());
    }

    [Theory]
    [InlineData("sealed")]
    [InlineData("brokered")]
    [InlineData("client_secret")]
    public async Task A_closed_tab_ends_its_call_with_its_last_words(string definition)
    {
        await using var scene = await TroubledPage.Open(chromium, cluster);
        await scene.Start(definition);

        var closed = TimeProvider.System.GetUtcNow();
        await scene.Page.CloseAsync(new() { RunBeforeUnload = true });

        await Ends(scene, closed, Healthy);
        Assert.Contains((string?)(await scene.Ended())["end_reason"], UserOrPage);
    }

    [Fact]
    public async Task A_tab_that_crashes_without_a_word_is_missed()
    {
        await using var scene = await TroubledPage.Open(chromium, cluster);
        await scene.Start("watched");
        var session = await scene.Page.Context.NewCDPSessionAsync(scene.Page);

        var crashed = TimeProvider.System.GetUtcNow();
        _ = session.SendAsync("Page.crash");

        await Ends(scene, crashed.AddSeconds(TroubledCluster.WatchedSeconds), Healthy);
        Assert.Contains((string?)(await scene.Ended())["end_reason"], Missed);
    }

    /// <summary>The last call is over, at most so long after it should be; prints how long it took.</summary>
    private static async Task Ends(TroubledPage scene, DateTimeOffset promised, TimeSpan late, string? reason = null)
    {
        var (at, why) = await scene.EndOf(scene.Call);
        TestContext.Current.SendDiagnosticMessage("{0}: {1}, {2:0.0} s after it was due", TestContext.Current.Test?.TestDisplayName, why, (at - promised).TotalSeconds);
        Assert.Equal(reason ?? why, why);
        Assert.True(at <= promised + late, $"ended at {at:O}, {at - promised} after {promised:O}");
    }

    private static async Task<DateTimeOffset> Expiry(TroubledPage scene) => DateTimeOffset.Parse((string)(await scene.Ended())["expires_at"]!, null);
}
