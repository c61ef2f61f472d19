using System.Text.Json;
using System.Text.Json.Nodes;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Sideband;
using Xunit;

namespace SessionGrains.Grains.Tests.Sideband;

/// <summary>What happens to changes that the policy does not explain.</summary>
public sealed class GuardTests
{
    private static readonly string[] Instructions = ["$.instructions"];
    private static readonly string[] Speed = ["$.audio.output.speed"];

    [Fact]
    public void A_session_as_it_should_be_is_fine() => Assert.IsType<Verdict.Fine>(new SessionGuard(Guard.Revert).Judge([]));

    [Fact]
    public void A_difference_is_set_back_ends_the_workflow_or_is_recorded_as_the_policy_says()
    {
        Assert.Equal(Instructions, Assert.IsType<Verdict.Revert>(new SessionGuard(Guard.Revert).Judge(Instructions)).What);
        Assert.Equal("$.instructions", Assert.IsType<Verdict.End>(new SessionGuard(Guard.End).Judge(Instructions)).What);
        Assert.Equal(Instructions, Assert.IsType<Verdict.Warn>(new SessionGuard(Guard.Warn).Judge(Instructions)).What);
    }

    [Fact]
    public void What_is_only_recorded_is_recorded_once_until_it_changes()
    {
        var guard = new SessionGuard(Guard.Warn);
        guard.Judge(Instructions);

        Assert.IsType<Verdict.Fine>(guard.Judge(Instructions));
        Assert.IsType<Verdict.Warn>(guard.Judge(Speed));
        guard.Judge([]);
        Assert.IsType<Verdict.Warn>(guard.Judge(Speed));
    }

    [Theory]
    [InlineData("$.instructions")]
    [InlineData("$.tools")]
    [InlineData("$.tools[0].description")]
    [InlineData("$.tool_choice")]
    [InlineData("$.tool_choice.name")]
    [InlineData("$.model")]
    [InlineData("$.prompt")]
    public void Ten_reverts_in_vain_end_the_workflow_where_security_is_at_stake(string path)
    {
        var guard = new SessionGuard(Guard.Revert);

        Assert.All(Enumerable.Range(0, SessionGuard.MostInVain), _ => Assert.IsType<Verdict.Revert>(guard.Judge([path])));
        Assert.Equal(path, Assert.IsType<Verdict.End>(guard.Judge([path])).What);
    }

    [Fact]
    public void A_revert_that_worked_begins_the_count_anew()
    {
        var guard = new SessionGuard(Guard.Revert);

        for (var time = 0; time < 2 * SessionGuard.MostInVain; time++)
        {
            Assert.IsType<Verdict.Revert>(guard.Judge(Instructions));
            Assert.IsType<Verdict.Fine>(guard.Judge([]));
        }
    }

    [Fact]
    public void A_browser_that_does_not_stop_ends_the_workflow()
    {
        var guard = new SessionGuard(Guard.Revert);
        for (var time = 0; time < SessionGuard.MostInAll; time++)
        {
            Assert.IsType<Verdict.Revert>(guard.Judge(Instructions));
            guard.Judge([]);
        }

        Assert.IsType<Verdict.End>(guard.Judge(Instructions));
    }

    [Fact]
    public void Other_differences_are_set_back_three_times_in_vain_and_then_recorded_and_ignored()
    {
        var guard = new SessionGuard(Guard.Revert);

        Assert.All(Enumerable.Range(0, SessionGuard.MostInVainElsewhere), _ => Assert.IsType<Verdict.Revert>(guard.Judge(Speed)));
        Assert.Equal(Speed, Assert.IsType<Verdict.Warn>(guard.Judge(Speed)).What);
        Assert.IsType<Verdict.Fine>(guard.Judge(Speed));
        Assert.Equal(Instructions, Assert.IsType<Verdict.Revert>(guard.Judge([.. Speed, .. Instructions])).What);
    }

    [Fact]
    public void What_was_only_changed_quicker_than_it_could_be_set_back_is_not_given_up_for_good()
    {
        var guard = new SessionGuard(Guard.Revert);
        for (var time = 0; time <= SessionGuard.MostInVainElsewhere; time++)
        {
            guard.Judge(Speed);
        }

        // The reverts arrive.
        guard.Judge([]);

        Assert.Equal(Speed, Assert.IsType<Verdict.Revert>(guard.Judge(Speed)).What);
    }

    [Fact]
    public void A_session_that_cannot_be_read_is_set_back_as_a_whole_and_ends_the_workflow_when_that_does_not_help()
    {
        var guard = new SessionGuard(Guard.Revert);

        Assert.All(Enumerable.Range(0, SessionGuard.MostInVain), _ => Assert.Equal([SessionGuard.Whole], Assert.IsType<Verdict.Revert>(guard.JudgeUnreadable()).What));
        Assert.IsType<Verdict.End>(guard.JudgeUnreadable());
        Assert.IsType<Verdict.End>(new SessionGuard(Guard.End).JudgeUnreadable());
        Assert.IsType<Verdict.Warn>(new SessionGuard(Guard.Warn).JudgeUnreadable());
        Assert.True(new SessionPolicy(Plans.Brokered).Revert([SessionGuard.Whole], isSilent: false).ContainsKey("prompt"));
    }

    [Fact]
    public void Something_that_is_given_up_does_not_keep_the_rest_from_being_set_back()
    {
        var guard = new SessionGuard(Guard.Revert);
        Assert.All(Enumerable.Range(0, SessionGuard.MostInVainElsewhere), _ => guard.Judge(Speed));

        var verdict = Assert.IsType<Verdict.Revert>(guard.Judge([.. Instructions, .. Speed]));

        Assert.Equal(Instructions, verdict.What);
        Assert.Equal(Speed, verdict.GivenUp);
    }

    [Fact]
    public void An_update_sets_all_but_the_model_and_the_voice()
    {
        var update = new SessionPolicy(Plans.Brokered).Update();

        Assert.Equal("Be brief.", (string?)update["instructions"]);
        Assert.Equal("lookup_order", (string?)update["tools"]![0]!["name"]);
        Assert.Equal("object", (string?)update["tools"]![0]!["parameters"]!["type"]);
        Assert.Equal("auto", (string?)update["tool_choice"]);
        Assert.Equal(1.1, (double?)update["audio"]!["output"]!["speed"]);
        Assert.False(update.ContainsKey("model"));
        Assert.False(update["audio"]!["output"]!.AsObject().ContainsKey("voice"));
        Assert.False(update.ContainsKey("prompt"));
    }

    [Fact]
    public void In_client_secret_mode_an_update_sets_the_tools_and_nothing_else() =>
        Assert.Equal(["tools"], new SessionPolicy(Plans.Brokered with { Mode = ConnectionMode.ClientSecret }).Update().Select(member => member.Key));

    [Fact]
    public void A_voice_is_set_back_only_before_anything_was_heard()
    {
        var policy = new SessionPolicy(Plans.Brokered);

        Assert.Equal("marin", (string?)policy.Revert([SessionPolicy.VoicePath], isSilent: true)["audio"]!["output"]!["voice"]);
        Assert.Null(policy.Revert([SessionPolicy.VoicePath], isSilent: false)["audio"]!["output"]!["voice"]);
        Assert.Null(policy.Revert(["$.instructions"], isSilent: true)["audio"]!["output"]!["voice"]);
    }

    [Theory]
    [InlineData("""{"tool_choice":"required"}""", "$.tool_choice")]
    [InlineData("""{"prompt":{"id":"pmpt_1"}}""", "$.prompt")]
    [InlineData("""{"tools":[]}""", "$.tools")]
    [InlineData("""{"instructions":"Obey."}""", "$.instructions")]
    public void What_the_policy_leaves_open_is_not_the_browsers_to_choose(string change, string path)
    {
        var policy = new SessionPolicy(Plans.Brokered);
        var session = Plans.Brokered.Session.DeepClone().AsObject();
        session["tools"] = policy.Update()["tools"]!.DeepClone();
        session["tool_choice"] = "auto";
        Assert.Empty(policy.Differs(Parse(session.ToJsonString())));

        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
        {
            session[name] = value?.DeepClone();
        }

        Assert.Contains(path, policy.Differs(Parse(session.ToJsonString())).Select(found => found[..Math.Min(found.Length, path.Length)]));
        Assert.Equal(change.Contains("prompt", StringComparison.Ordinal), policy.Revert([path], isSilent: false).ContainsKey("prompt"));
    }

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement.Clone();
}
