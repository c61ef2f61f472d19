using Microsoft.Extensions.Options;

namespace SessionGrains.Api.Tests;

/// <summary>A host with settings that cannot work refuses to start, and says why in one sentence for each fault.</summary>
public sealed class StartingTests
{
    private const string Bearer = "Authentication:Schemes:Bearer";

    [Theory]
    [InlineData($"{Bearer}:ValidAudiences:0", null, "at least one audience")]
    [InlineData($"{Bearer}:ValidAudiences:0", "", "at least one audience")]
    [InlineData($"{Bearer}:ValidIssuer", null, "names no issuer")]
    [InlineData($"{Bearer}:SigningKeys:0:Issuer", "https://other.test", "no key of the issuer 'https://issuer.test'")]
    [InlineData($"{Bearer}:SigningKeys:0:Issuer", null, $"{Bearer}:SigningKeys:0 needs an Issuer")]
    [InlineData($"{Bearer}:SigningKeys:0:Value", "not base64", $"{Bearer}:SigningKeys:0 needs an Issuer, and a Value in base64")]
    [InlineData($"{Bearer}:SigningKeys:0:Value", "c2hvcnQ=", "at least 16 bytes")]
    [InlineData("SessionGrains:PublicUrl", "/relative", "SessionGrains:PublicUrl is '/relative'")]
    [InlineData("SessionGrains:PublicUrl", "ftp://files.test", "absolute http or https URL")]
    [InlineData("SessionGrains:PublicUrl", "https://user:word@voice.test", "without user")]
    [InlineData("SessionGrains:Cors:Origins:0", "*", "SessionGrains:Cors:Origins:0 is '*'")]
    [InlineData("SessionGrains:Cors:Origins:0", "https://app.test/", "without a slash at its end")]
    [InlineData("SessionGrains:Cors:Origins:0", "https://app.test/page", "without a path")]
    [InlineData("SessionGrains:Cors:Origins:0", "app.test", "scheme and host")]
    [InlineData("SessionGrains:EventStreamsPerUser", "0", "SessionGrains:EventStreamsPerUser is 0, but must be from 1 to 1000.")]
    [InlineData("SessionGrains:EventStreamsPerUser", "1001", "from 1 to 1000")]
    public async Task A_setting_that_cannot_work_stops_the_host_with_a_sentence(string key, string? value, string sentence)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => ApiUnderTest.Start((key, value)));

        Assert.Contains(refused.Failures, fault => fault.Contains(sentence, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_signing_key_is_never_part_of_the_sentence()
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => ApiUnderTest.Start(($"{Bearer}:SigningKeys:0:Value", "c2VjcmV0")));

        Assert.DoesNotContain("c2VjcmV0", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_whose_issuers_are_all_covered_starts()
    {
        await using var api = await ApiUnderTest.Start(("SessionGrains:PublicUrl", "https://voice.example.test"));

        using var response = await api.Send("GET", "/livez");

        Assert.Equal(200, (int)response.StatusCode);
    }
}
