using SessionGrains.Grains.Definitions;
using Xunit;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>What a start may say.</summary>
public sealed class InputsTests
{
    private static readonly Definition Intake = Texts.Definition();

    [Fact]
    public void Inputs_that_the_schema_allows_are_taken()
    {
        var inputs = Inputs.Check(Intake, """{"customer":"C-17"}""");

        Assert.True(inputs.AreValid);
        Assert.Equal("C-17", inputs.Values.GetProperty("customer").GetString());
    }

    [Theory]
    [InlineData("{}", "$.customer", "customer is required.")]
    [InlineData("""{"customer":7}""", "$.customer", "customer must be text.")]
    [InlineData("""{"customer":"123456789"}""", "$.customer", "customer must have at most 8 characters.")]
    [InlineData("""{"customer":"C-17","model":"gpt-4o"}""", "$.model", "model is not asked for.")]
    [InlineData("""{"customer":"C-17","a b":1}""", "$['a b']", "['a b'] is not asked for.")]
    [InlineData("[]", "$", "The inputs must be an object.")]
    [InlineData("null", "$", "The inputs must be an object.")]
    [InlineData("", "$", "The inputs must be JSON with each member once, at most 32 levels deep, with texts and numbers that can be held.")]
    [InlineData("""{"customer":"a","customer":"b"}""", "$", "The inputs must be JSON with each member once, at most 32 levels deep, with texts and numbers that can be held.")]
    [InlineData("""{"customer":"\ud800"}""", "$", "The inputs must be JSON with each member once, at most 32 levels deep, with texts and numbers that can be held.")]
    public void Inputs_that_are_wrong_are_refused_in_words_for_a_person(string json, string where, string what) =>
        Assert.Equal(new Fault(where, what), Assert.Single(Inputs.Check(Intake, json).Faults));

    [Theory]
    [InlineData("1e-99999999999")]
    [InlineData("1e99999999999")]
    [InlineData("1e400")]
    public void A_number_that_nobody_can_hold_is_refused_and_no_exception(string number)
    {
        var rated = Texts.Definition(("inputs", """{"type":"object","properties":{"customer":{"enum":[1,2]}}}"""));

        Assert.False(Inputs.Check(rated, $$"""{"customer":{{number}}}""").AreValid);
    }

    [Fact]
    public void Inputs_of_more_than_16_KiB_are_refused()
    {
        var open = Texts.Definition(("inputs", """{"type":"object","properties":{"customer":{}}}"""));

        Assert.True(Inputs.Check(open, Padded(Inputs.MaxBytes)).AreValid);
        Assert.False(Inputs.Check(open, Padded(Inputs.MaxBytes + 1)).AreValid);

        static string Padded(int length) => """{"customer":""" + "\"" + new string('x', length - 16) + "\" }";
    }

    [Fact]
    public void Inputs_deeper_than_32_levels_are_refused()
    {
        var open = Texts.Definition(("inputs", """{"type":"object","properties":{"customer":{}}}"""));

        Assert.True(Inputs.Check(open, Nested(31)).AreValid);
        Assert.False(Inputs.Check(open, Nested(32)).AreValid);

        static string Nested(int lists) => $"{{\"customer\":{new string('[', lists)}{new string(']', lists)}}}";
    }

    [Fact]
    public void A_definition_without_a_schema_takes_no_inputs()
    {
        var closed = Texts.Definition(("inputs", null), ("session", """{"model":"m"}"""));

        Assert.True(Inputs.Check(closed, "{}").AreValid);
        Assert.Equal("$.customer", Assert.Single(Inputs.Check(closed, """{"customer":"C-17"}""").Faults).Where);
    }

    [Fact]
    public void A_refusal_never_quotes_what_was_said() =>
        Assert.DoesNotContain(Inputs.Check(Intake, """{"customer":"my-secret-number"}""").Faults, fault => fault.What.Contains("secret", StringComparison.Ordinal));
}
