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

    [Fact]
    public async Task The_list_takes_its_filters_and_shows_owners()
    {
        using var response = await api.Send("GET", "/v1/admin/workflows?status=active&owner=ada&tenant=acme&definition=voice-intake&limit=5&after=x", Token.OfOperator);

        var list = await response.Json();
        Assert.Equal((new(null, Phase.Active, "ada", "acme", "voice-intake"), 5, "x"), api.Grains.Operations.Listed);
        Assert.Equal("ada", list.GetProperty("data")[0].GetProperty("owner").GetProperty("subject").GetString());
        Assert.False(list.GetProperty("data")[0].TryGetProperty("timeline", out _));
        Assert.Equal((true, "next~page~0"), (list.GetProperty("has_more").GetBoolean(), list.GetProperty("next").GetString()));
    }

    [Theory]
    [InlineData("live", true, null)]
    [InlineData("ended", null, Phase.Ended)]
    public async Task Live_means_all_that_have_not_ended(string status, bool? isLive, Phase? phase)
    {
        using var response = await api.Send("GET", $"/v1/admin/workflows?status={status}", Token.OfOperator);

        Assert.Equal((isLive, phase), (api.Grains.Operations.Listed!.Value.Filter.IsLive, api.Grains.Operations.Listed.Value.Filter.Phase));
    }

    [Theory]
    [InlineData("status=asleep", "status")]
    [InlineData("status=none", "status")]
    [InlineData("owner=", "owner")]
    [InlineData("tenant=a&tenant=b", "tenant")]
    [InlineData("limit=0", "limit")]
    public async Task A_bad_filter_is_400_and_says_which(string query, string where)
    {
        foreach (var list in new[] { "workflows", "audit" })
        {
            using var response = await api.Send("GET", $"/v1/admin/{list}?{query}", Token.OfOperator);

            var problem = await response.Problem(400, "invalid_request");
            Assert.Contains(where, problem.GetRawText(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_revocation_says_who_what_why_and_for_how_long_and_answers_with_counts()
    {
        using var response = await api.Send(
            "POST", "/v1/admin/revocations", Token.OfOperator,
            """{"owner":"ada","tenant":"acme","block_new_starts_for_seconds":60,"reason_detail":"stolen token"}""");

        var answer = await response.Json();
        var order = api.Grains.Operations.Revoked!;
        Assert.Equal(
            ("olga", new("ada", "acme", null, null), TimeSpan.FromSeconds(60), "stolen token"),
            (order.By.Subject, order.Target, order.BlockFor, order.ReasonDetail));
        Assert.Equal(
            """{"id":"op_1","matched":3,"revoked":2,"failed":1,"is_complete":true,"blocked_until":"2026-11-24T12:01:00Z","object":"revocation"}""",
            answer.GetRawText());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"owner":""}""")]
    [InlineData("""{"owner":"ada","definition":"voice-intake"}""")]
    [InlineData("""{"tool":"lookup_order","tenant":"acme"}""")]
    [InlineData("""{"definition":"voice-intake","tool":"lookup_order"}""")]
    [InlineData("""{"owner":"ada","block_new_starts_for_seconds":-1}""")]
    [InlineData("""{"owner":"ada","block_new_starts_for_seconds":1.5}""")]
    [InlineData("""{"owner":"ada","block_new_starts_for_seconds":2592001}""")]
    public async Task A_revocation_that_is_aimed_at_nothing_or_at_two_things_revokes_nothing(string body)
    {
        using var response = await api.Send("POST", "/v1/admin/revocations", Token.OfOperator, body);

        await response.Problem(400, "invalid_request");
        Assert.Empty(api.Grains.Calls);
    }

    [Fact]
    public async Task A_block_is_listed_and_can_be_lifted_once()
    {
        using var listed = await api.Send("GET", "/v1/admin/blocks", Token.OfOperator);
        using var lifted = await api.Send("POST", "/v1/admin/blocks/lift", Token.OfOperator, """{"tenant":"acme"}""");
        api.Grains.Operations.Knows = false;
        using var again = await api.Send("POST", "/v1/admin/blocks/lift", Token.OfOperator, """{"tenant":"acme"}""");

        Assert.Equal(
            """{"owner":"ada","tenant":"acme","definition":null,"tool":null,"until":"2026-11-24T12:00:00Z"}""",
            (await listed.Json()).GetProperty("data")[0].GetRawText());
        Assert.Equal(204, (int)lifted.StatusCode);
        Assert.Equal(("olga", new RevocationTarget(null, "acme", null, null)), (api.Grains.Operations.Lifted!.Value.By.Subject, api.Grains.Operations.Lifted.Value.Target));
        await again.Problem(404, "not_found");
    }

    [Fact]
    public async Task A_dry_run_is_tried_as_the_user_whom_the_claims_describe()
    {
        using var response = await api.Send(
            "POST", "/v1/admin/definitions/voice-intake/evaluate", Token.OfOperator,
            """{"claims":{"sub":"ada","tid":"acme","scope":"voice start"},"inputs":{"customer":"C-17"},"origin":"https://app.test","definition":{"name":"x"}}""");

        var (definition, request) = api.Grains.Operations.Evaluated!.Value;
        Assert.Equal(("voice-intake", """{"customer":"C-17"}""", """{"name":"x"}"""), (definition, request.InputsJson, request.Text));
        Assert.Equal((Token.Ada, "https://app.test"), (request.As.User, request.As.Origin));
        Assert.Equal(["voice", "start"], request.As.Scopes);
        var answer = await response.Json();
        Assert.Equal((false, 7), (answer.GetProperty("allowed").GetBoolean(), answer.GetProperty("live_workflows").GetInt32()));
        Assert.Equal(
            """{"rule":"allow.scopes","passed":false,"detail":"It takes the scope voice."}""", answer.GetProperty("rules")[0].GetRawText());
        Assert.Equal("""{"path":"$.limits","before":null,"after":"{}"}""", answer.GetProperty("changes")[0].GetRawText());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"claims":{}}""")]
    [InlineData("""{"claims":{"sub":""}}""")]
    [InlineData("""{"claims":{"sub":"ada","iss":7}}""")]
    [InlineData("""{"claims":[]}""")]
    [InlineData("""{"claims":{"sub":"ada"},"definition":"text"}""")]
    public async Task A_dry_run_for_nobody_is_400(string body)
    {
        using var response = await api.Send("POST", "/v1/admin/definitions/voice-intake/evaluate", Token.OfOperator, body);

        await response.Problem(400, "invalid_request");
    }

    [Fact]
    public async Task A_dry_run_of_no_definition_is_404()
    {
        using var response = await api.Send("POST", "/v1/admin/definitions/none/evaluate", Token.OfOperator, """{"claims":{"sub":"ada"}}""");

        await response.Problem(404, "definition_not_found");
    }

    [Fact]
    public async Task The_audit_trail_is_paged()
    {
        using var response = await api.Send("GET", "/v1/admin/audit?workflow=wf_1&owner=ada&limit=2", Token.OfOperator);

        var list = await response.Json();
        Assert.Equal((new("wf_1", "ada", null, null), 2, null), api.Grains.Operations.Audited.Single());
        Assert.Equal(
            """{"trail":"wf_1","seq":0,"at":"2026-11-24T12:00:00Z","kind":"started","detail":"Sealed","owner":"ada","tenant":"acme","definition":"voice-intake","hash":"aa"}""",
            list.GetProperty("data")[0].GetRawText());
    }

    [Fact]
    public async Task As_NDJSON_it_is_exported_whole_one_event_to_a_line()
    {
        api.Grains.Operations.AuditPages = 3;

        using var response = await api.Send("GET", "/v1/admin/audit?tenant=acme", Token.OfOperator, headers: ("Accept", "application/x-ndjson"));

        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType!.MediaType);
        var lines = (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["wf_1", "wf_1", "wf_2", "wf_2", "wf_3", "wf_3"], lines.Select(line => System.Text.Json.JsonElement.Parse(line).GetProperty("trail").GetString()));
        Assert.Equal([null, "1", "2"], api.Grains.Operations.Audited.Select(asked => asked.After));
    }

    [Fact]
    public async Task The_cluster_shows_also_a_silo_that_is_silent()
    {
        using var response = await api.Send("GET", "/v1/admin/cluster", Token.OfOperator);

        var silos = (await response.Json()).GetProperty("data");
        Assert.Equal(
            """{"name":"silo-1","host":"host","status":"active","started_at":"2026-11-24T12:00:00Z","activations":12,"live_workflows":5,"sidebands":4}""",
            silos[0].GetRawText());
        Assert.Equal("silent", silos[1].GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_silo_is_drained_in_an_operators_name()
    {
        using var response = await api.Send("POST", "/v1/admin/cluster/silos/silo-1/drain", Token.OfOperator, """{"reason_detail":"upgrade"}""");
        api.Grains.Operations.Knows = false;
        using var unknown = await api.Send("POST", "/v1/admin/cluster/silos/silo-9/drain", Token.OfOperator);

        Assert.Equal(200, (int)response.StatusCode);
        await unknown.Problem(404, "not_found");
        Assert.Equal(("olga", "silo-9", null), (api.Grains.Operations.Drained!.Value.By.Subject, api.Grains.Operations.Drained.Value.Silo, api.Grains.Operations.Drained.Value.Reason));
    }

    [Fact]
    public async Task Webhooks_are_listed_as_they_are_asked_for_without_their_words()
    {
        using var response = await api.Send("GET", "/v1/admin/webhooks/deliveries?status=given_up&endpoint=billing&workflow=wf_1&limit=2&after=9", Token.OfOperator);

        var page = await response.Json();
        Assert.Equal(
            """{"id":"msg_1","endpoint":"billing","workflow_id":"wf_1","type":"workflow.ended","created_at":"2026-11-24T12:00:00Z","status":"pending","attempts":2,"next_attempt_at":"2026-11-24T12:00:30Z","settled_at":null,"answer_status":503,"error":"status 503","object":"webhook_delivery"}""",
            page.GetProperty("data")[0].GetRawText());
        Assert.Equal(("delivered", "17", true), (page.GetProperty("data")[1].GetProperty("status").GetString(), page.GetProperty("next").GetString(), page.GetProperty("has_more").GetBoolean()));
        Assert.Equal((new WebhookQuestion(WebhookStatus.GivenUp, "billing", "wf_1"), 2, "9"), api.Grains.Operations.AskedForWebhooks);
    }

    [Fact]
    public async Task A_question_for_webhooks_that_makes_no_sense_is_refused_place_by_place()
    {
        using var response = await api.Send("GET", "/v1/admin/webhooks/deliveries?status=lost&workflow=a&workflow=b", Token.OfOperator);

        Assert.Equal(["status", "workflow"], (await response.Problem(400, "invalid_request")).Places());
        Assert.Null(api.Grains.Operations.AskedForWebhooks);
    }

    [Fact]
    public async Task A_webhook_is_delivered_again_in_an_operators_name_and_for_a_reason()
    {
        using var response = await api.Send("POST", "/v1/admin/webhooks/deliveries/msg_1/redeliver", Token.OfOperator, """{"reason_detail":"repaired"}""");
        Assert.Equal(("olga", "msg_1", "repaired"), (api.Grains.Operations.Redelivered!.Value.By.Subject, api.Grains.Operations.Redelivered.Value.Id, api.Grains.Operations.Redelivered.Value.Reason));
        api.Grains.Operations.Knows = false;
        using var unknown = await api.Send("POST", "/v1/admin/webhooks/deliveries/msg_9/redeliver", Token.OfOperator);

        Assert.Equal((200, "pending"), ((int)response.StatusCode, (await response.Json()).GetProperty("status").GetString()));
        await unknown.Problem(404, "not_found");
    }
}
