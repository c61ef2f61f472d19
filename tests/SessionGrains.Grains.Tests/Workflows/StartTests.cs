using System.Text.Json.Nodes;
using SessionGrains.Grains.Tests.Definitions;
using SessionGrains.OpenAI;
using Xunit;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>What happens, and in which order, when a workflow starts.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData(Lab.Brokered, ConnectionMode.Brokered)]
    [InlineData(Lab.Sealed, ConnectionMode.Sealed)]
    public async Task A_start_where_we_create_the_call_hands_out_a_secret_of_our_own_and_asks_OpenAI_nothing(string definition, ConnectionMode mode)
    {
        await using var lab = await Lab.Start();
        var workflow = lab.Workflow();

        var started = await workflow.Start(Lab.Caller(A.Ada), Lab.Request(definition));

        var (view, secret) = (started.Value!.Workflow, started.Value.Secret!);
        Assert.True(OwnSecret.TryReadWorkflow(secret.Value, out var opens) && opens == workflow.Id);
        Assert.Equal(A.Noon + A.Seconds(30), secret.ExpiresAt);
        Assert.Equal((Phase.Ready, mode, null), (view.Phase, view.Connection.Mode, view.Connection.Url));
        Assert.Equal((A.Noon, A.Noon + A.Seconds(900)), (view.CreatedAt, view.ExpiresAt));
        Assert.Empty(lab.OpenAI.Mints.Asked);
        var stored = await lab.Stored(workflow.Id);
        Assert.DoesNotContain(secret.Value, stored);
        Assert.Contains(OwnSecret.Hash(secret.Value), JsonNode.Parse(stored!)!["secrets"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_in_client_secret_mode_hands_out_what_OpenAI_minted_for_the_filled_session_and_stores_none_of_it()
    {
        await using var lab = await Lab.Start();
        var workflow = lab.Workflow();

        var started = await workflow.Start(Lab.Caller(A.Ada), Lab.Request(Lab.Direct));

        var mint = Assert.Single(lab.OpenAI.Mints.Asked);
        var session = JsonNode.Parse(mint.Session)!;
        Assert.Equal("Greet C-17.", session["instructions"]!.GetValue<string>());
        Assert.Equal("realtime", session["type"]!.GetValue<string>());
        Assert.Equal(A.Seconds(30), mint.TimeToLive);
        Assert.DoesNotContain("ada", mint.SafetyIdentifier, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("ek_minted_1", started.Value!.Secret!.Value);
        Assert.Equal("https://openai.test/v1/realtime/calls", started.Value.Workflow.Connection.Url);
        Assert.DoesNotContain("ek_minted_1", await lab.Stored(workflow.Id));
    }

    [Fact]
    public async Task The_owner_record_is_in_the_store_before_a_secret_is_asked_for()
    {
        await using var lab = await Lab.Start();
        var workflow = lab.Workflow();
        string? storedAtMint = null;
        lab.OpenAI.Mints.Next(async _ =>
        {
            storedAtMint = await lab.Stored(workflow.Id);
            return new Reply<MintedSecret>.Done(new("ek_late", A.Noon));
        });

        await workflow.Start(Lab.Caller(A.Ada), Lab.Request(Lab.Direct));

        Assert.Contains("\"subject\":\"ada\"", storedAtMint);
        Assert.Contains("\"secrets_minted\":1", storedAtMint);
    }

    [Fact]
    public async Task A_start_whose_id_was_just_made_up_looks_for_nothing_and_what_it_asks_does_not_say_so_any_more()
    {
        await using var lab = await Lab.Start();
        var workflow = lab.Workflow();
        bool? stillSaysSo = null;
        lab.OpenAI.Mints.Next(async _ =>
        {
            stillSaysSo = Newborn.Is(workflow.Id);
            await Task.Yield();
            return new Reply<MintedSecret>.Done(new("ek_minted", A.Noon));
        });

        Newborn.Announce(workflow.Id);
        var started = await workflow.Start(Lab.Caller(A.Ada), Lab.Request(Lab.Direct));

        Assert.Equal("ek_minted", started.Value!.Secret!.Value);
        Assert.DoesNotContain(("workflow", workflow.Id.Value), lab.Storage.Read);
        Assert.False(stillSaysSo);
    }

    [Fact]
    public async Task A_start_that_is_wrong_about_an_id_overwrites_nothing_and_finds_the_workflow_when_it_comes_again()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin(Lab.Brokered);
        var stored = await lab.Stored(workflow.Id);
        await lab.Forget(workflow);

        Newborn.Announce(workflow.Id);
        var mistaken = await workflow.Start(Lab.Caller(A.Ada), Lab.Request(Lab.Brokered));
        Assert.Equal((RefusalCode.StorageUnavailable, stored), (mistaken.Refusal?.Code, await lab.Stored(workflow.Id)));

        Newborn.Forget();
        var again = await workflow.Start(Lab.Caller(A.Ada), Lab.Request(Lab.Brokered));
        Assert.Equal((workflow.Id, true), (again.Value!.Workflow.Id, again.Value.IsReplay));
    }

    [Fact]
    public async Task A_refused_start_writes_nothing_and_asks_OpenAI_nothing()
    {
        await using var lab = await Lab.Start(definitions: [Texts.With(("name", "\"closed\""), ("allow", "{}"))]);
        (string Rule, RefusalCode Code, Caller Caller, StartWorkflow Request)[] starts =
        [
            ("no such definition", RefusalCode.DefinitionNotFound, Lab.Caller(A.Ada), Lab.Request("unheard-of")),
            ("an empty allow", RefusalCode.Forbidden, Lab.Caller(A.Ada), Lab.Request("closed")),
            ("another scope", RefusalCode.Forbidden, Lab.Caller(A.Ada, "voice.listen"), Lab.Request(Lab.Direct)),
            ("too long an input", RefusalCode.InvalidInputs, Lab.Caller(A.Ada), Lab.Request(Lab.Direct, customer: "C-123456789")),
            ("an unknown input", RefusalCode.InvalidInputs, Lab.Caller(A.Ada), Lab.Request(Lab.Direct) with { InputsJson = """{"customer":"C","model":"x"}""" }),
            ("no JSON", RefusalCode.InvalidInputs, Lab.Caller(A.Ada), Lab.Request(Lab.Direct) with { InputsJson = "{" }),
        ];

        foreach (var (rule, code, caller, request) in starts)
        {
            var workflow = lab.Workflow();
            var refused = await workflow.Start(caller, request);

            Assert.True(refused.Refusal?.Code == code, $"{rule}: {refused.Refusal}");
            Assert.Equal(RefusalCode.NotFound, (await workflow.Grain.View(A.Ada)).Refusal?.Code);
        }

        Assert.Equal(0, await Count(lab, "orleansstorage WHERE graintypestring = 'workflow'"));
        Assert.Equal(0, await Count(lab, "slot"));
        Assert.Empty(lab.OpenAI.Mints.Asked);
    }

    [Fact]
    public async Task A_start_that_finds_no_slot_writes_nothing_and_asks_OpenAI_nothing()
    {
        await using var lab = await Lab.Start(definitions: [Lab.Definition("solo", "client_secret", quotas: """{"live_per_user":1}""")]);
        await lab.Begin("solo");
        var second = lab.Workflow();

        var refused = await second.Start(Lab.Caller(A.Ada), Lab.Request("solo"));

        Assert.Equal(RefusalCode.QuotaExceeded, refused.Refusal?.Code);
        Assert.NotNull(refused.Refusal!.RetryAfter);
        Assert.Null(await lab.Stored(second.Id));
        Assert.Single(lab.OpenAI.Mints.Asked);
        Assert.Equal(1, await Count(lab, "slot"));
    }

    [Fact]
    public async Task A_slow_mint_blocks_no_view_and_no_end_and_what_it_brings_is_handed_to_nobody()
    {
        await using var lab = await Lab.Start();
        var workflow = lab.Workflow();
        var mint = lab.OpenAI.Mints.Hold();
        var starting = workflow.Start(Lab.Caller(A.Ada), Lab.Request(Lab.Direct));
        await mint.Arrived;

        Assert.Equal(Phase.Ready, (await workflow.View()).Phase);
        var ended = await workflow.Grain.End(A.Ada, null);
        Assert.Equal((Phase.Ended, EndReason.UserEnded, HangUpResult.Unverified), (ended.Value!.Phase, ended.Value.EndReason!.Value, ended.Value.HangUp!.Value));

        mint.Open();
        Assert.Equal(RefusalCode.WorkflowEnded, (await starting).Refusal?.Code);
    }

    [Fact]
    public async Task A_slow_mint_does_not_hold_up_the_expiry()
    {
        await using var lab = await Lab.Start();
        var workflow = lab.Workflow();
        var mint = lab.OpenAI.Mints.Hold();
        var starting = workflow.Start(Lab.Caller(A.Ada), Lab.Request(Lab.Direct));
        await mint.Arrived;

        lab.Clock.Advance(A.Seconds(45));

        Assert.Equal(EndReason.NeverConnected, (await lab.Reaches(workflow.Id, Phase.Ended)).EndReason);
        mint.Open();
        Assert.Equal(RefusalCode.WorkflowEnded, (await starting).Refusal?.Code);
    }

    [Theory]
    [InlineData(ProviderFaultKind.RateLimited, RefusalCode.ProviderRateLimited)]
    [InlineData(ProviderFaultKind.Rejected, RefusalCode.ProviderRejected)]
    [InlineData(ProviderFaultKind.Unavailable, RefusalCode.ProviderUnavailable)]
    public async Task A_start_whose_mint_is_refused_ends_as_failed_and_gives_its_slot_back(ProviderFaultKind kind, RefusalCode code)
    {
        await using var lab = await Lab.Start(definitions: [Lab.Definition("solo", "client_secret", quotas: """{"live_per_user":1}""")]);
        var workflow = lab.Workflow();
        lab.OpenAI.Mints.Next(new Reply<MintedSecret>.Refused(PretendOpenAI.Fault(kind)));

        var refused = await workflow.Start(Lab.Caller(A.Ada), Lab.Request("solo"));

        Assert.Equal(code, refused.Refusal?.Code);
        var view = await workflow.View();
        Assert.Equal((Phase.Ended, EndReason.Failed, HangUpResult.NotNeeded), (view.Phase, view.EndReason!.Value, view.HangUp!.Value));
        await lab.Begin("solo");
    }

    [Fact]
    public async Task A_start_that_cannot_be_saved_is_answered_as_such_and_mints_nothing()
    {
        await using var lab = await Lab.Start();
        lab.Storage.RefuseNext(_ => true);

        var refused = await lab.Workflow().Start(Lab.Caller(A.Ada), Lab.Request(Lab.Direct));

        Assert.Equal(RefusalCode.StorageUnavailable, refused.Refusal?.Code);
        Assert.Empty(lab.OpenAI.Mints.Asked);
    }

    private static async Task<long> Count(Lab lab, string rows) =>
        (await lab.Query($"SELECT count(*) FROM {rows}", row => row.GetInt64(0))).Single();
}
