using Xunit;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>Every way to write a wrong definition file, and the place that is named for it.</summary>
public sealed class BadDefinitionTests
{
    public static TheoryData<string, string> BadFiles { get; } = new()
    {
        { "", "$" },
        { "[]", "$" },
        { "{\"name\":\"x\",}", "$" },
        { "{ // why\n }", "$" },
        { Texts.With(("nmae", "\"x\"")), "$.nmae" },
        { Texts.With(("a b", "1")), "$['a b']" },
        { Texts.With(("name", null)), "$.name" },
        { Texts.With(("name", "\"\"")), "$.name" },
        { Texts.With(("name", "\"in take\"")), "$.name" },
        { Texts.With(("name", "7")), "$.name" },
        { Texts.With(("name", $"\"{new string('n', 65)}\"")), "$.name" },
        { Texts.With(("mode", null)), "$.mode" },
        { Texts.With(("mode", "\"Sealed\"")), "$.mode" },
        { Texts.With(("mode", "null")), "$.mode" },
        { Texts.With(("session", null)), "$.session" },
        { Texts.With(("session", "[]")), "$.session" },
        { Texts.With(("session", "{}")), "$.session.model" },
        { Texts.With(("session", """{"model":"m","tools":[]}""")), "$.session.tools" },
        { Texts.With(("session", """{"model":"m","type":"realtime"}""")), "$.session.type" },
        { Texts.With(("session", """{"model":"{{inputs.customer}}"}""")), "$.session.model" },
        { Texts.With(("session", """{"model":"m","audio":{"output":{"voice":"{{inputs.customer}}"}}}""")), "$.session.audio.output.voice" },
        { Texts.With(("session", """{"model":"m","instructions":"{{inputs.order}}"}""")), "$.session.instructions" },
        { Texts.With(("session", """{"model":"m","instructions":"{{env.PATH}}"}""")), "$.session.instructions" },
        { Texts.With(("session", """{"model":"m","instructions":"{{user.}}"}""")), "$.session.instructions" },
        { Texts.With(("session", """{"model":"m","instructions":"Dear {{user.name"}""")), "$.session.instructions" },
        { Texts.With(("session", """{"model":"m","include":["a","{{x}}"]}""")), "$.session.include[1]" },
        { Texts.With(("session", """{"model":"m","model":"n"}""")), "$.session.model" },
        { Texts.With(("session", """{"model":"m","instructions":"\ud800"}""")), "$.session.instructions" },
        { Texts.With(("inputs", "true")), "$.inputs" },
        { Texts.With(("inputs", """{"properties":{"customer":{"type":"string"}}}""")), "$.inputs.type" },
        { Texts.With(("inputs", """{"type":"objekt","properties":{"customer":{}}}""")), "$.inputs.type" },
        { Texts.With(("inputs", """{"type":"object","properties":{"customer":{"type":"strnig"}}}""")), "$.inputs.properties.customer.type" },
        { Texts.With(("inputs", """{"type":"object","properties":{"customer":{"pattern":"("}}}""")), "$.inputs.properties.customer.pattern" },
        { Texts.With(("inputs", """{"type":"object","properties":{"customer":{"pattern":"(?=a)"}}}""")), "$.inputs.properties.customer.pattern" },
        { Texts.With(("inputs", """{"type":"object","properties":{"customer":{"contains":{}}}}""")), "$.inputs.properties.customer.contains" },
        { Texts.With(("inputs", """{"type":"object","properties":{"customer":{"$ref":"https://example.com/s.json"}}}""")), "$.inputs.properties.customer.$ref" },
        { Texts.With(("inputs", """{"type":"object","properties":{"customer":{"$ref":"#/$defs/a"}},"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"}]}}}""")), "$.inputs.$defs.a.anyOf[0].$ref" },
        { Texts.With(("inputs", """{"type":"object","properties":{"customer":{}},"required":"customer"}""")), "$.inputs.required" },
        { Texts.With(("allow", """["voice.start"]""")), "$.allow" },
        { Texts.With(("allow", """{"scope":["voice.start"]}""")), "$.allow.scope" },
        { Texts.With(("allow", """{"scopes":"voice.start"}""")), "$.allow.scopes" },
        { Texts.With(("allow", """{"scopes":["voice.start other"]}""")), "$.allow.scopes[0]" },
        { Texts.With(("allow", """{"roles":["a","a"]}""")), "$.allow.roles[1]" },
        { Texts.With(("allow", """{"claims":{"department":[]}}""")), "$.allow.claims.department" },
        { Texts.With(("allow", """{"claims":{"department":"intake"}}""")), "$.allow.claims.department" },
        { Texts.With(("allow", """{"origins":["https://app.example.com/"]}""")), "$.allow.origins[0]" },
        { Texts.With(("allow", """{"origins":["https://App.example.com"]}""")), "$.allow.origins[0]" },
        { Texts.With(("allow", """{"origins":["*"]}""")), "$.allow.origins[0]" },
        { Texts.With(("allow", """{"anyone_signed_in":"yes"}""")), "$.allow.anyone_signed_in" },
        { Texts.With(("tools", "{}")), "$.tools" },
        { Texts.With(("tools", "[7]")), "$.tools[0]" },
        { Texts.With(("tools", """["lookup_order","format_disk"]""")), "$.tools[1]" },
        { Texts.With(("tools", """["lookup_order",{"name":"lookup_order"}]""")), "$.tools[1]" },
        { Texts.With(("tools", """[{"approval":"user"}]""")), "$.tools[0].name" },
        { Texts.With(("tools", """[{"name":"lookup_order","approval":"admin"}]""")), "$.tools[0].approval" },
        { Texts.With(("tools", """[{"name":"lookup_order","max_calls":0}]""")), "$.tools[0].max_calls" },
        { Texts.With(("tools", """[{"name":"lookup_order","max":1}]""")), "$.tools[0].max" },
        { Texts.With(("limits", "7")), "$.limits" },
        { Texts.With(("limits", """{"secret_ttl_seconds":9}""")), "$.limits.secret_ttl_seconds" },
        { Texts.With(("limits", """{"secret_ttl_seconds":7201}""")), "$.limits.secret_ttl_seconds" },
        { Texts.With(("limits", """{"max_duration_seconds":3541}""")), "$.limits.max_duration_seconds" },
        { Texts.With(("limits", """{"max_duration_seconds":"900"}""")), "$.limits.max_duration_seconds" },
        { Texts.With(("limits", """{"max_duration_seconds":1.5}""")), "$.limits.max_duration_seconds" },
        { Texts.With(("limits", """{"max_cost_usd":-1}""")), "$.limits.max_cost_usd" },
        { Texts.With(("limits", """{"heartbeat":15}""")), "$.limits.heartbeat" },
        { Texts.With(("mode", "\"client_secret\""), ("limits", """{"secret_ttl_seconds":46}""")), "$.limits.attach_seconds" },
        { Texts.With(("quotas", """{"live_per_user":0}""")), "$.quotas.live_per_user" },
        { Texts.With(("quotas", """{"when_user_is_full":"queue"}""")), "$.quotas.when_user_is_full" },
        { Texts.With(("quotas", """{"per_minute":1}""")), "$.quotas.per_minute" },
        { Texts.With(("guard", "\"ignore\"")), "$.guard" },
        { Texts.With(("transcripts", "1")), "$.transcripts" },
        { Texts.With(("authorizer", "{}")), "$.authorizer.url" },
        { Texts.With(("authorizer", """{"url":"ftp://app/ask"}""")), "$.authorizer.url" },
        { Texts.With(("authorizer", """{"url":"https://me:secret@app/ask"}""")), "$.authorizer.url" },
        { Texts.With(("authorizer", """{"url":"https://app/ask","signing_secret_env":"A-B"}""")), "$.authorizer.signing_secret_env" },
        { Texts.With(("authorizer", """{"url":"https://app/ask","timeout_ms":99}""")), "$.authorizer.timeout_ms" },
        { Texts.With(("authorizer", """{"url":"https://app/ask","headers":{}}""")), "$.authorizer.headers" },
    };

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void A_bad_file_is_refused_and_its_wrong_place_is_named(string text, string path)
    {
        var result = Texts.Read(text);

        Assert.False(result.IsValid);
        var fault = Assert.Single(result.Faults);
        Assert.Equal((Texts.File, path), (fault.File, fault.Path));
    }

    [Fact]
    public void A_fault_is_one_line_with_file_place_what_is_wrong_and_what_is_allowed()
    {
        var fault = Assert.Single(Texts.Read(Texts.With(("limits", """{"max_duration_seconds":3541}"""))).Faults);

        Assert.Equal("definitions/intake.json: $.limits.max_duration_seconds is out of bounds; allowed: a whole number from 1 to 3540.", fault.ToString());
    }

    [Fact]
    public void All_faults_of_a_file_are_named_at_once()
    {
        var result = Texts.Read(Texts.With(
            ("session", """{"type":"realtime","instructions":"{{x}}"}"""), ("limits", """{"max_secrets":0,"y":1}"""), ("guard", "7"), ("guard", "\"end\"")));

        Assert.Equal(
            ["$.guard", "$.limits.max_secrets", "$.limits.y", "$.session.instructions", "$.session.model", "$.session.type"],
            result.Faults.Select(fault => fault.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_fault_never_quotes_a_password_from_a_url()
    {
        var fault = Assert.Single(Texts.Read(Texts.With(("authorizer", """{"url":"https://me:hunter2@app/ask"}"""))).Faults);

        Assert.DoesNotContain("hunter2", fault.ToString(), StringComparison.Ordinal);
    }
}
