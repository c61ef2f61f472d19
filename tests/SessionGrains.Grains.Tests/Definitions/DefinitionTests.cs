using System.Text;
using System.Text.Json;
using CsCheck;
using SessionGrains.Grains.Definitions;
using Xunit;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>What a good definition file means, and what its version depends on.</summary>
public sealed class DefinitionTests
{
    private static readonly string[] Spaces = ["", " ", "\n", "\t", "\r\n"];

    private const string Full = """
        {
          "$schema": "../schemas/definition.schema.json",
          "name": "voice-intake",
          "mode": "client_secret",
          "session": { "model": "gpt-realtime-2.1", "instructions": "You take the intake call of {{inputs.customer}} for {{ user.name }}.",
                       "output_modalities": ["audio"], "audio": { "output": { "voice": "marin" } }, "max_output_tokens": 1024 },
          "inputs": { "type": "object", "properties": { "customer": { "type": "string", "maxLength": 64 } }, "required": ["customer"], "additionalProperties": false },
          "allow": { "scopes": ["voice.start"], "roles": [], "claims": { "department": ["intake", "sales"] }, "origins": ["http://localhost:5080"] },
          "tools": ["lookup_order", { "name": "issue_refund", "approval": "operator", "max_calls": 1 }],
          "limits": { "secret_ttl_seconds": 31, "max_secrets": 4, "attach_seconds": 46, "max_duration_seconds": 901, "idle_timeout_seconds": 121,
                      "heartbeat_seconds": 15, "heartbeat_grace_seconds": 47, "control_lost_seconds": 21,
                      "max_tool_calls": 51, "max_concurrent_tool_calls": 5, "max_cost_usd": 1.75, "max_responses": 201 },
          "quotas": { "live_per_user": 2, "live_per_tenant": 51, "starts_per_user_per_minute": 11, "when_user_is_full": "supersede" },
          "guard": "end",
          "transcripts": true,
          "authorizer": { "url": "https://app.example.com/ask", "signing_secret_env": "ASK_SECRET", "timeout_ms": 900 }
        }
        """;

    [Fact]
    public void Every_member_of_a_file_arrives_in_the_definition()
    {
        var definition = Texts.Read(Full).Value!;

        Assert.Equal(("voice-intake", ConnectionMode.ClientSecret, Guard.End, true), (definition.Name, definition.Mode, definition.Guard, definition.Transcripts));
        Assert.Equal(("gpt-realtime-2.1", "marin"), (definition.Model, definition.Voice));
        Assert.Equal(["audio"], definition.OutputModalities);
        Assert.Equal(["inputs.customer", "user.name"], definition.Placeholders);
        Assert.Equal(["voice.start"], definition.Allow.Scopes);
        Assert.Equal(["intake", "sales"], definition.Allow.Claims["department"]);
        Assert.Equal(["http://localhost:5080"], definition.Allow.Origins);
        Assert.Equal([new("lookup_order", Approval.None, null), new("issue_refund", Approval.Operator, 1)], definition.Tools);
        Assert.Equal(new Quotas(2, 51, 11, WhenUserIsFull.Supersede), definition.Quotas);
        Assert.Equal(new AuthorizerSettings(new("https://app.example.com/ask"), "ASK_SECRET", TimeSpan.FromMilliseconds(900)), definition.Authorizer);
        Assert.Equal(
            new Limits
            {
                SecretTtl = TimeSpan.FromSeconds(31),
                MaxSecrets = 4,
                Attach = TimeSpan.FromSeconds(46),
                MaxDuration = TimeSpan.FromSeconds(901),
                IdleTimeout = TimeSpan.FromSeconds(121),
                Heartbeat = TimeSpan.FromSeconds(15),
                HeartbeatGrace = TimeSpan.FromSeconds(47),
                ControlLost = TimeSpan.FromSeconds(21),
                MaxToolCalls = 51,
                MaxConcurrentToolCalls = 5,
                MaxCostUsd = 1.75m,
                MaxResponses = 201,
            },
            definition.Limits);
    }

    [Fact]
    public void What_a_file_leaves_out_has_its_documented_default()
    {
        var definition = Texts.Definition(("allow", null), ("inputs", null), ("session", """{"model":"m"}"""));

        Assert.Equal(
            new Limits
            {
                SecretTtl = TimeSpan.FromSeconds(30),
                MaxSecrets = 3,
                Attach = TimeSpan.FromSeconds(45),
                MaxDuration = TimeSpan.FromMinutes(15),
                IdleTimeout = TimeSpan.FromMinutes(2),
                Heartbeat = TimeSpan.Zero,
                HeartbeatGrace = TimeSpan.FromSeconds(45),
                ControlLost = TimeSpan.FromSeconds(20),
                MaxToolCalls = 50,
                MaxConcurrentToolCalls = 4,
                MaxCostUsd = 1.50m,
                MaxResponses = 200,
            },
            definition.Limits);
        Assert.Equal(new Quotas(1, 50, 10, WhenUserIsFull.Refuse), definition.Quotas);
        Assert.Equal((Guard.Revert, false), (definition.Guard, definition.Transcripts));
        Assert.Null(definition.Authorizer);
        Assert.Null(definition.Voice);
        Assert.Empty(definition.Tools);
    }

    [Fact]
    public void A_stored_text_rebuilds_the_same_version()
    {
        var definition = Texts.Read(Full).Value!;

        var rebuilt = Definition.FromText(definition.Text);

        Assert.Equal((definition.Name, definition.Version, definition.Text), (rebuilt.Name, rebuilt.Version, rebuilt.Text));
        Assert.Equal(definition.Limits, rebuilt.Limits);
        Assert.Equal(definition.Tools, rebuilt.Tools);
    }

    [Fact]
    public void A_stored_text_is_read_although_its_bounds_and_tools_have_changed()
    {
        var rebuilt = Definition.FromText(Texts.With(("limits", """{"max_duration_seconds":9000}"""), ("tools", """["gone"]""")));

        Assert.Equal(TimeSpan.FromSeconds(9000), rebuilt.Limits.MaxDuration);
        Assert.Equal("gone", Assert.Single(rebuilt.Tools).Name);
    }

    [Fact]
    public void A_stored_text_that_is_no_definition_is_an_exception() =>
        Assert.Throws<InvalidDataException>(() => Definition.FromText("""{"name":"x"}"""));

    [Fact]
    public void The_order_of_members_and_white_space_do_not_change_the_version()
    {
        var version = Texts.Read(Full).Value!.Version;
        var root = JsonElement.Parse(Full);

        Gen.Int.Sample(seed =>
        {
            var shuffled = Texts.Read(Shuffle(root, new Random(seed)));
            return shuffled.IsValid && shuffled.Value.Version == version;
        });
    }

    [Fact]
    public void Another_value_is_another_version() =>
        Assert.NotEqual(Texts.Definition().Version, Texts.Definition(("guard", "\"end\"")).Version);

    [Fact]
    public void The_schema_that_an_editor_uses_is_no_part_of_the_version() =>
        Assert.Equal(Texts.Definition().Version, Texts.Definition(("$schema", "\"https://example.com/s.json\"")).Version);

    private static string Shuffle(JsonElement value, Random random)
    {
        var text = new StringBuilder();
        Write(value);
        return text.ToString();

        void Write(JsonElement element)
        {
            Space();
            switch (element.ValueKind)
            {
                case JsonValueKind.Object:
                    JsonProperty[] members = [.. element.EnumerateObject()];
                    random.Shuffle(members);
                    WriteAll('{', members, member =>
                    {
                        Space();
                        text.Append(JsonSerializer.Serialize(member.Name));
                        Space();
                        text.Append(':');
                        Write(member.Value);
                    }, '}');
                    break;
                case JsonValueKind.Array:
                    WriteAll('[', [.. element.EnumerateArray()], Write, ']');
                    break;
                default:
                    text.Append(element.GetRawText());
                    break;
            }

            Space();
        }

        void WriteAll<T>(char open, T[] items, Action<T> write, char close)
        {
            text.Append(open);
            foreach (var (index, item) in items.Index())
            {
                text.Append(index == 0 ? "" : ",");
                write(item);
            }

            text.Append(close);
        }

        void Space() => text.Append(Spaces[random.Next(Spaces.Length)]);
    }
}
