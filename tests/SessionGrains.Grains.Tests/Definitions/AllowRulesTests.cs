using SessionGrains.Grains.Definitions;
using Xunit;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>Who may start a definition.</summary>
public sealed class AllowRulesTests
{
    private static readonly Allow Everything = Allow(
        """{"scopes":["voice.start","voice.all"],"roles":["agent"],"claims":{"department":["intake","sales"],"level":["2"]},"origins":["https://app.example.com"]}""");

    private static readonly (string, string)[] Good =
        [("scope", "openid voice.start"), ("roles", "agent"), ("department", "hr"), ("department", "sales"), ("level", "2")];

    [Fact]
    public void One_value_of_each_kind_that_is_listed_is_enough()
    {
        var verdicts = AllowRules.Check(Everything, Texts.Caller("https://app.example.com", Good));

        Assert.All(verdicts, verdict => Assert.True(verdict.IsPassed));
        Assert.Equal(["allow.scopes", "allow.roles", "allow.claims.department", "allow.claims.level", "allow.origins"], verdicts.Select(verdict => verdict.Rule));
    }

    [Theory]
    [InlineData("scope", "allow.scopes")]
    [InlineData("roles", "allow.roles")]
    [InlineData("department", "allow.claims.department")]
    [InlineData("level", "allow.claims.level")]
    public void Each_kind_that_is_listed_must_be_kept(string missing, string rule)
    {
        var claims = Good.Where(claim => claim.Item1 != missing).ToArray();

        var failed = AllowRules.Check(Everything, Texts.Caller("https://app.example.com", claims)).Where(verdict => !verdict.IsPassed);

        Assert.Equal(rule, Assert.Single(failed).Rule);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("https://evil.example.com")]
    [InlineData("https://app.example.com.evil.test")]
    [InlineData("http://app.example.com")]
    [InlineData("null")]
    public void Where_origins_are_listed_any_other_or_none_is_refused(string? origin)
    {
        var failed = AllowRules.Check(Everything, Texts.Caller(origin, Good)).Where(verdict => !verdict.IsPassed);

        Assert.Equal("allow.origins", Assert.Single(failed).Rule);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"scopes":[],"roles":[],"claims":{},"origins":[]}""")]
    [InlineData("""{"anyone_signed_in":false}""")]
    public void An_empty_allow_refuses_everybody(string allow)
    {
        var verdict = Assert.Single(AllowRules.Check(Allow(allow), Texts.Caller("https://app.example.com", Good)));

        Assert.Equal(new RuleVerdict("allow", false, "The definition allows nobody to start it."), verdict);
    }

    [Fact]
    public void A_definition_without_allow_refuses_everybody() =>
        Assert.False(Assert.Single(AllowRules.Check(Texts.Definition(("allow", null)).Allow, Texts.Caller(null, Good))).IsPassed);

    [Fact]
    public void Anyone_signed_in_opens_a_definition() =>
        Assert.True(Assert.Single(AllowRules.Check(Allow("""{"anyone_signed_in":true}"""), Texts.Caller())).IsPassed);

    [Fact]
    public void Anyone_signed_in_does_not_open_what_an_origin_closes()
    {
        var allow = Allow("""{"anyone_signed_in":true,"origins":["https://app.example.com"]}""");

        Assert.Contains(AllowRules.Check(allow, Texts.Caller("https://evil.example.com")), verdict => !verdict.IsPassed);
        Assert.All(AllowRules.Check(allow, Texts.Caller("https://app.example.com")), verdict => Assert.True(verdict.IsPassed));
    }

    [Theory]
    [InlineData("scope", "voice.start.all")]
    [InlineData("scope", "VOICE.START")]
    [InlineData("scp", "voice")]
    public void A_scope_counts_only_whole_and_as_it_is_written(string claim, string value) =>
        Assert.False(Assert.Single(AllowRules.Check(Allow("""{"scopes":["voice.start"]}"""), Texts.Caller(null, (claim, value)))).IsPassed);

    [Fact]
    public void A_failed_rule_says_what_it_takes() =>
        Assert.Equal(
            new Fault("allow.claims.department", "It takes the claim department with the value intake or sales."),
            AllowRules.Check(Everything, Texts.Caller()).Single(verdict => verdict.Rule == "allow.claims.department").ToFault());

    private static Allow Allow(string json) => Texts.Definition(("allow", json)).Allow;
}
