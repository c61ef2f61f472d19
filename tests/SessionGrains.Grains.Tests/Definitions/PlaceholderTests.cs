using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using SessionGrains.Grains.Definitions;
using Xunit;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>How inputs and claims get into a session.</summary>
public sealed class PlaceholderTests
{
    private static readonly Definition Greeting = Texts.Definition(
        ("inputs", """{"type":"object","properties":{"customer":{"type":"string"},"note":{},"order":{}}}"""),
        ("session", """{"model":"m","instructions":"{{inputs.customer}}, {{ user.name }}, {{inputs.order}}","audio":{"input":{"transcription":{"keywords":["x {{user.name}}"]}}},"speed":1.50,"tracing":null}"""));

    [Fact]
    public void Only_what_a_placeholder_names_is_collected()
    {
        var values = Placeholders.Collect(
            Greeting, JsonElement.Parse("""{"customer":"C-17","note":"private","order":{"id": 7}}"""), Texts.Caller(null, ("name", "Ada"), ("email", "ada@example.com")));

        Assert.Equal(
            [new("inputs.customer", "C-17"), new("inputs.order", """{"id": 7}"""), new("user.name", "Ada")],
            values.OrderBy(value => value.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void A_claim_or_an_input_that_is_missing_is_an_empty_text()
    {
        var values = Placeholders.Collect(Greeting, JsonElement.Parse("""{"customer":"C-17","order":null}"""), Texts.Caller());

        Assert.Equal("C-17, , ", SessionRenderer.Render(Greeting, values)["instructions"]!.GetValue<string>());
    }

    [Fact]
    public void A_claim_with_several_values_is_a_list() =>
        Assert.Equal("Ada, Countess", Placeholders.Collect(Greeting, JsonElement.Parse("{}"), Texts.Caller(null, ("name", "Ada"), ("name", "Countess")))["user.name"]);

    [Fact]
    public void A_session_is_rendered_with_its_type_and_otherwise_as_it_was_written()
    {
        var values = new Dictionary<string, string> { ["inputs.customer"] = "C-17", ["user.name"] = "Ada", ["inputs.order"] = "7" };

        var session = SessionRenderer.Render(Greeting, values);

        var expected = JsonNode.Parse(
            """{"type":"realtime","model":"m","instructions":"C-17, Ada, 7","audio":{"input":{"transcription":{"keywords":["x Ada"]}}},"speed":1.50,"tracing":null}""");
        Assert.True(JsonNode.DeepEquals(expected, session), session.ToJsonString());
        Assert.Contains("1.50", session.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_is_text_and_never_a_placeholder_of_its_own()
    {
        var values = new Dictionary<string, string> { ["inputs.customer"] = "{{user.name}}", ["user.name"] = "{{inputs.customer}}", ["inputs.order"] = "$1 \" \\" };

        Assert.Equal("{{user.name}}, {{inputs.customer}}, $1 \" \\", SessionRenderer.Render(Greeting, values)["instructions"]!.GetValue<string>());
    }

    [Fact]
    public void No_value_can_change_the_shape_of_a_session() =>
        Gen.String.Sample(value =>
        {
            var session = SessionRenderer.Render(Greeting, new Dictionary<string, string> { ["inputs.customer"] = value });
            return session.Count == Greeting.Session.EnumerateObject().Count() + 1
                && session["instructions"]!.GetValue<string>() == $"{value}, , ";
        });

    [Fact]
    public void Rendering_twice_gives_two_sessions_of_their_own()
    {
        var first = SessionRenderer.Render(Greeting, new Dictionary<string, string>());
        first["model"] = "changed";

        Assert.Equal("m", SessionRenderer.Render(Greeting, new Dictionary<string, string>())["model"]!.GetValue<string>());
    }
}
