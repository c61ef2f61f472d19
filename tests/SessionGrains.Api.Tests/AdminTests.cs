namespace SessionGrains.Api.Tests;

/// <summary>What operators see and do, with everybody's workflows.</summary>
public sealed class AdminTests : IClassFixture<ApiUnderTest>
{
    private readonly ApiUnderTest api;

    public AdminTests(ApiUnderTest api)
    {
        this.api = api;
        api.Grains.Reset();
    }

    [Fact]
    public async Task An_operator_sees_anybodys_workflow_with_its_owner_and_what_happened()
    {
        var id = api.Grains.Add(Token.Ada);

        using var response = await api.Send("GET", $"/v1/admin/workflows/{id}", Token.OfOperator);

        var workflow = await response.Json();
        Assert.Equal(id.Value, workflow.GetProperty("id").GetString());
        Assert.Equal("ada", workflow.GetProperty("owner").GetProperty("subject").GetString());
        Assert.Equal("acme", workflow.GetProperty("owner").GetProperty("tenant").GetString());
        Assert.Equal(Token.Issuer, workflow.GetProperty("owner").GetProperty("issuer").GetString());
        Assert.Equal("enough", workflow.GetProperty("reason_detail").GetString());
        var entry = workflow.GetProperty("timeline")[0];
        Assert.Equal(("2026-11-24T12:00:00Z", "started", "Sealed"), (entry.GetProperty("at").GetString(), entry.GetProperty("kind").GetString(), entry.GetProperty("detail").GetString()));
    }

    [Fact]
    public async Task Who_revokes_and_why_goes_to_the_workflow()
    {
        var id = api.Grains.Add(Token.Ada);

        using var response = await api.Send("POST", $"/v1/admin/workflows/{id}/revoke", Token.OfOperator, """{"reason_detail":"abuse"}""");
        using var again = await api.Send("POST", $"/v1/admin/workflows/{id}/revoke", Token.OfOperator);

        Assert.Equal((200, 200), ((int)response.StatusCode, (int)again.StatusCode));
        Assert.Equal(["Revoke by olga", "Revoke by olga"], api.Grains.Calls);
    }

    [Fact]
    public async Task Unknown_and_malformed_ids_are_404()
    {
        foreach (var id in new[] { WorkflowId.New().Value, "wf_", "abc" })
        {
            using var seen = await api.Send("GET", $"/v1/admin/workflows/{id}", Token.OfOperator);
            await seen.Problem(404, "not_found");

            using var revoked = await api.Send("POST", $"/v1/admin/workflows/{id}/revoke", Token.OfOperator);
            await revoked.Problem(404, "not_found");
        }
    }
}
