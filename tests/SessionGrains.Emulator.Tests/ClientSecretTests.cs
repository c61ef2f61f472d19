using System.Net;
using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Tests;

/// <summary>Minting: what is answered, what is refused, and how long a secret lives.</summary>
public sealed class ClientSecretTests
{
    [Fact]
    public async Task A_minted_secret_comes_with_the_effective_session()
    {
        await using var lab = await Lab.Start();

        var reply = await lab.Mint(new JsonObject
        {
            ["expires_after"] = new JsonObject { ["anchor"] = "created_at", ["seconds"] = 30 },
            ["session"] = new JsonObject { ["type"] = "realtime", ["instructions"] = "Be brief.", ["audio"] = new JsonObject { ["output"] = new JsonObject { ["voice"] = "cedar" } } },
        });

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.StartsWith("ek_", reply.Json["value"]!.GetValue<string>(), StringComparison.Ordinal);
        var session = reply.Json["session"]!;
        Assert.Equal("Be brief.", session["instructions"]!.GetValue<string>());
        Assert.Equal("cedar", session["audio"]!["output"]!["voice"]!.GetValue<string>());
        Assert.Equal(24000, session["audio"]!["output"]!["format"]!["rate"]!.GetValue<int>());
        Assert.Equal(0, session["expires_at"]!.GetValue<long>());
    }

    [Theory]
    [InlineData("""{"expires_after":{"seconds":9}}""", "integer_below_min_value", "expires_after.seconds")]
    [InlineData("""{"expires_after":{"seconds":7201}}""", "integer_above_max_value", "expires_after.seconds")]
    [InlineData("""{"expires_after":{"anchor":"now","seconds":60}}""", "invalid_value", "expires_after.anchor")]
    [InlineData("""{"session":{"model":"gpt-realtime-2.1"}}""", "missing_required_parameter", "session.type")]
    [InlineData("""{"session":{"type":"realtime","voice":"marin"}}""", "unknown_parameter", "session.voice")]
    [InlineData("""{"session":{"type":"realtime","instructions":7}}""", "invalid_type", "session.instructions")]
    [InlineData("""{"session":{"type":"realtime","max_output_tokens":4097}}""", "integer_above_max_value", "session.max_output_tokens")]
    [InlineData("""{"session":{"type":"realtime","tools":[{"type":"function","name":"look up"}]}}""", "invalid_value", "session.tools[0].name")]
    [InlineData("""{"session":{"type":"realtime","tools":[{"type":"function","name":"a","strict":true}]}}""", "unknown_parameter", "session.tools[0].strict")]
    [InlineData("""{"sesion":{}}""", "unknown_parameter", "sesion")]
    public async Task A_wrong_request_is_refused_in_OpenAIs_words(string body, string code, string param)
    {
        await using var lab = await Lab.Start();

        var reply = await lab.Mint(JsonNode.Parse(body));

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal(code, reply.ErrorCode);
        Assert.Equal(param, reply.Error["param"]!.GetValue<string>());
        Assert.Equal("invalid_request_error", reply.Error["type"]!.GetValue<string>());
        Assert.Contains($"'{param}'", code == "invalid_value" && param == "expires_after.anchor" ? $"'{param}'" : reply.Error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_that_is_no_JSON_is_refused()
    {
        await using var lab = await Lab.Start();

        var reply = await lab.Send(HttpMethod.Post, lab.Api("realtime/client_secrets"), Lab.Key, new StringContent("{"));

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal("invalid_request_error", reply.Error["type"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("sk-somebody-else")]
    [InlineData("ek_made_up")]
    public async Task Nobody_mints_without_a_known_key(string? key)
    {
        await using var lab = await Lab.Start();

        var reply = await lab.Mint(key: key);

        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
        Assert.Equal(401, (await lab.Ledger("request.refused")).Single()["status"]!.GetValue<int>());
        Assert.DoesNotContain("made_up", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_list_of_keys_takes_any_project_key()
    {
        var options = new EmulatorOptions();
        options.ApiKeys.Clear();
        await using var lab = await Lab.Start(options);

        Assert.Equal(HttpStatusCode.OK, (await lab.Mint(key: "sk-anything")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await lab.Mint(key: "anything")).Status);
    }

    [Fact]
    public async Task A_secret_creates_several_calls_until_it_expires()
    {
        await using var lab = await Lab.Start();
        var secret = await lab.MintValue(JsonNode.Parse("""{"expires_after":{"seconds":30}}"""));

        Assert.Equal(HttpStatusCode.Created, (await lab.CallWithSecret(secret)).Status);
        await lab.Control(HttpMethod.Post, "clock", new JsonObject { ["advance_seconds"] = 29 });
        Assert.Equal(HttpStatusCode.Created, (await lab.CallWithSecret(secret)).Status);
        await lab.Control(HttpMethod.Post, "clock", new JsonObject { ["advance_seconds"] = 2 });

        Assert.Equal(HttpStatusCode.Unauthorized, (await lab.CallWithSecret(secret)).Status);
        Assert.Equal(2, (await lab.Control(HttpMethod.Get, "calls")).Array.Count);
    }

    [Fact]
    public async Task A_secret_mints_no_secret()
    {
        await using var lab = await Lab.Start();

        Assert.Equal(HttpStatusCode.Unauthorized, (await lab.Mint(key: await lab.MintValue())).Status);
    }
}
