using System.Text.Json.Nodes;
using Xunit;

namespace SessionGrains.OpenAI.Tests;

public sealed class MintTests
{
    [Fact]
    public async Task A_mint_passes_the_session_on_untouched_with_its_time_to_live_and_whom_it_is_for()
    {
        await using var lab = await Lab.Start();

        var secret = await lab.Minted();

        var created = Assert.Single(await lab.Ledger("client_secret.created"))["details"]!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Lab.Session), created["session"]), created["session"]!.ToJsonString());
        Assert.Equal(30, created["seconds"]!.GetValue<int>());
        Assert.Equal("user-hash", created["safety_identifier"]!.GetValue<string>());
        Assert.StartsWith("ek_", secret.Value, StringComparison.Ordinal);
        Assert.Equal(created["expires_at"]!.GetValue<long>(), secret.ExpiresAt.ToUnixTimeSeconds());
    }

    [Fact]
    public async Task The_body_of_a_mint_holds_its_two_members_and_nothing_else()
    {
        await using var listener = await Listener.Start(response => Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(response, """{"value":"ek_1","expires_at":1790000000,"session":{}}"""));
        await using var lab = Lab.At(listener.BaseUrl);

        await lab.Minted();

        var heard = Assert.Single(listener.Requests);
        Assert.Equal(("POST", "/v1/realtime/client_secrets"), (heard.Method, heard.Path));
        Assert.Equal("application/json", heard.Headers["Content-Type"]);
        Assert.Equal($"Bearer {Lab.Key}", heard.Headers["Authorization"]);
        Assert.Equal("user-hash", heard.Headers["OpenAI-Safety-Identifier"]);
        var body = JsonNode.Parse(heard.Text)!.AsObject();
        Assert.Equal(["expires_after", "session"], body.Select(member => member.Key));
        Assert.Equal("""{"anchor":"created_at","seconds":30}""", body["expires_after"]!.ToJsonString());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Lab.Session), body["session"]));
    }

    [Theory]
    [InlineData("""{"value":null,"expires_at":1790000000}""")]
    [InlineData("""{"expires_at":1790000000}""")]
    [InlineData("""{"value":"ek_1","expires_at":"soon"}""")]
    [InlineData("""{"value":"ek_1","expires_at":9223372036854775807}""")]
    [InlineData("[]")]
    [InlineData("<html>")]
    public async Task An_answer_that_is_not_understood_may_have_minted_something(string body)
    {
        await using var listener = await Listener.Start(response => Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(response, body));
        await using var lab = Lab.At(listener.BaseUrl);

        Assert.Equal(ProviderFaultKind.Unavailable, Assert.IsType<Reply<MintedSecret>.Unknown>(await lab.Mint()).Fault.Kind);
    }

    [Fact]
    public async Task A_caller_who_goes_away_gets_its_own_cancellation_and_no_fault_of_OpenAI()
    {
        await using var lab = await Lab.Start();
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lab.Mint(cancellation: gone.Token));
    }
}
