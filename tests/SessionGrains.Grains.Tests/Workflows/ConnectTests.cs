using SessionGrains.OpenAI;
using Xunit;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>The call that we create for a browser: accounted for before it exists, saved before its answer leaves.</summary>
public sealed class ConnectTests
{
    private const string DataChannel = Lab.Offer + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n";

    [Fact]
    public async Task That_a_call_may_exist_is_in_the_store_before_it_is_asked_for_and_its_id_before_the_answer_leaves()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin();
        string? storedAtCreation = null;
        lab.OpenAI.Creations.Next(async _ =>
        {
            storedAtCreation = await lab.Stored(workflow.Id);
            return new Reply<CreatedCall>.Done(new("rtc_one", "answer"));
        });

        var answer = await workflow.Connect();

        Assert.Contains("\"phase\":\"connecting\"", storedAtCreation);
        Assert.Contains("\"attempt\":{", storedAtCreation);
        Assert.Contains("\"is_used\":true", storedAtCreation);
        Assert.Equal(("rtc_one", "answer"), (answer.Value!.Call.Value, answer.Value.Answer));
        Assert.Contains("\"call_id\":\"rtc_one\"", await lab.Stored(workflow.Id));
        var creation = Assert.Single(lab.OpenAI.Creations.Asked);
        Assert.Equal(Lab.Offer, creation.Offer);
        Assert.Contains("Greet C-17.", creation.Session, StringComparison.Ordinal);
        Assert.Equal(Phase.Active, (await workflow.View()).Phase);
    }

    [Fact]
    public async Task No_answer_leaves_while_the_calls_id_is_being_saved()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin();
        var save = lab.Storage.HoldNext(next => next.CallId is not null);
        var connecting = workflow.Connect();

        await save.Arrived;
        Assert.False(connecting.IsCompleted);
        Assert.Equal(Phase.Connecting, (await workflow.View()).Phase);

        save.Open();
        Assert.Null((await connecting).Refusal);
    }

    [Fact]
    public async Task A_secret_works_once_also_for_two_browsers_at_the_same_time()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin();

        var answers = await Task.WhenAll(workflow.Connect(), workflow.Connect());

        Assert.Single(answers, answer => answer.IsAccepted);
        Assert.Single(answers, answer => answer.Refusal?.Code is RefusalCode.ClientSecretUsed);
        Assert.Single(lab.OpenAI.Creations.Asked);
    }

    [Fact]
    public async Task A_sealed_workflow_takes_no_data_channel_and_the_refused_offer_leaves_the_secret_unused()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin(Lab.Sealed);

        Assert.Equal(RefusalCode.DataChannelNotAllowed, (await workflow.Connect(DataChannel)).Refusal?.Code);
        Assert.Equal(RefusalCode.InvalidOffer, (await workflow.Connect("hello")).Refusal?.Code);
        Assert.Empty(lab.OpenAI.Creations.Asked);
        Assert.Null((await workflow.Connect()).Refusal);
    }

    [Fact]
    public async Task Only_a_holder_of_a_secret_is_told_anything_about_an_offer_or_a_workflow()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin(Lab.Sealed);
        var guess = workflow with { Secret = OwnSecret.New(workflow.Id) };

        Assert.Equal(RefusalCode.InvalidClientSecret, (await guess.Connect(DataChannel)).Refusal?.Code);
        Assert.Equal(RefusalCode.InvalidClientSecret, (await lab.Workflow().Connect()).Refusal?.Code);
    }

    [Fact]
    public async Task An_expired_secret_opens_nothing()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin();

        lab.Clock.Advance(A.Seconds(30));

        Assert.Equal(RefusalCode.InvalidClientSecret, (await workflow.Connect()).Refusal?.Code);
        Assert.Empty(lab.OpenAI.Creations.Asked);
    }

    [Fact]
    public async Task Whoever_lost_the_answer_on_the_way_gets_it_when_asking_again_by_the_same_name_and_nobody_else_does()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin();
        var hash = OwnSecret.Hash(workflow.Secret);
        var creation = lab.OpenAI.Creations.Hold();
        var first = workflow.Grain.ConnectOnce(hash, Lab.Offer, "request-1", TestContext.Current.CancellationToken);
        await creation.Arrived;
        var again = workflow.Grain.ConnectOnce(hash, Lab.Offer, "request-1", TestContext.Current.CancellationToken);
        creation.Open();

        Assert.Equal((await first).Value!.Call, (await again).Value!.Call);
        Assert.Equal((await first).Value!.Call, (await workflow.Grain.ConnectOnce(hash, Lab.Offer, "request-1", TestContext.Current.CancellationToken)).Value!.Call);
        Assert.Single(lab.OpenAI.Creations.Asked);

        Assert.Equal(RefusalCode.ClientSecretUsed, (await workflow.Grain.ConnectOnce(hash, Lab.Offer, "request-2", TestContext.Current.CancellationToken)).Refusal?.Code);
        Assert.Equal(RefusalCode.InvalidClientSecret, (await workflow.Grain.ConnectOnce(OwnSecret.Hash("ek_sg_other"), Lab.Offer, "request-1", TestContext.Current.CancellationToken)).Refusal?.Code);
    }

    [Fact]
    public async Task A_definite_refusal_leaves_the_secret_usable_and_an_unknown_outcome_uses_it_up()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin();
        lab.OpenAI.Creations.Next(new Reply<CreatedCall>.Refused(PretendOpenAI.Fault(ProviderFaultKind.RateLimited)));
        lab.OpenAI.Creations.Next(new Reply<CreatedCall>.Unknown(PretendOpenAI.Fault()));

        Assert.Equal(RefusalCode.ProviderRateLimited, (await workflow.Connect()).Refusal?.Code);
        Assert.Equal(RefusalCode.ProviderUnavailable, (await workflow.Connect()).Refusal?.Code);
        Assert.Equal(RefusalCode.ClientSecretUsed, (await workflow.Connect()).Refusal?.Code);

        Assert.Equal(HangUpResult.Unverified, (await workflow.Grain.End(A.Ada, null)).Value!.HangUp);
    }

    [Fact]
    public async Task A_call_whose_answer_broke_on_its_way_is_hung_up_and_the_browser_may_try_again()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin();
        lab.OpenAI.Creations.Next(new Reply<CreatedCall>.Done(new("rtc_mute", null)));

        Assert.Equal(RefusalCode.ProviderUnavailable, (await workflow.Connect()).Refusal?.Code);

        await lab.OpenAI.HangUps.WhenAsked();
        Assert.Equal("rtc_mute", Assert.Single(lab.OpenAI.HangUps.Asked).CallId);
        await Lab.Eventually(async () => (await lab.State(workflow.Id)).Owed.IsEmpty);
        Assert.Equal(Phase.Ready, (await lab.State(workflow.Id)).Phase);
        Assert.Equal(HangUpResult.Confirmed, (await workflow.Grain.End(A.Ada, null)).Value!.HangUp);
    }

    [Fact]
    public async Task An_end_during_the_creation_of_a_call_hangs_the_late_call_up_and_its_browser_is_told_that_it_is_over()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin();
        var creation = lab.OpenAI.Creations.Hold(_ => new Reply<CreatedCall>.Done(new("rtc_late", "answer")));
        var connecting = workflow.Connect();
        await creation.Arrived;

        var ending = await workflow.Grain.End(A.Ada, null);
        Assert.Equal(Phase.Ending, ending.Value!.Phase);
        creation.Open();

        Assert.Equal(RefusalCode.WorkflowEnded, (await connecting).Refusal?.Code);
        var ended = await lab.Reaches(workflow.Id, Phase.Ended);
        Assert.Equal((EndReason.UserEnded, HangUpResult.Confirmed), (ended.EndReason!.Value, ended.HangUp!.Value));
        Assert.Equal([new("rtc_late", null)], lab.OpenAI.HangUps.Asked);
    }

    [Fact]
    public async Task An_end_while_the_call_before_is_hung_up_creates_no_new_one()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        var renewed = await workflow.RenewSecret(A.Ada);
        var hangUp = lab.OpenAI.HangUps.Hold();
        var reconnecting = (workflow with { Secret = renewed.Value!.Secret!.Value }).Connect();
        await hangUp.Arrived;
        var ending = workflow.Grain.End(A.Ada, null);
        await lab.Reaches(workflow.Id, Phase.Ending);

        hangUp.Open();
        await ending;

        Assert.Equal(RefusalCode.WorkflowEnded, (await reconnecting).Refusal?.Code);
        await lab.Reaches(workflow.Id, Phase.Ended);
        Assert.Single(lab.OpenAI.Creations.Asked);
    }

    [Fact]
    public async Task A_reconnect_hangs_the_call_before_it_up_before_it_creates_the_next()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        var renewed = await workflow.RenewSecret(A.Ada);
        var hangUpsAtCreation = 0;
        lab.OpenAI.Creations.Next(_ =>
        {
            hangUpsAtCreation = lab.OpenAI.HangUps.Asked.Count;
            return Task.FromResult<Reply<CreatedCall>>(new Reply<CreatedCall>.Done(new("rtc_two", "answer")));
        });

        var answer = await (workflow with { Secret = renewed.Value!.Secret!.Value }).Connect();

        Assert.Equal("rtc_two", answer.Value?.Call.Value);
        Assert.Equal(1, hangUpsAtCreation);
        Assert.Equal([new(workflow.Call, null)], lab.OpenAI.HangUps.Asked);
    }

    [Fact]
    public async Task While_the_call_before_cannot_be_hung_up_no_other_is_created_beside_it()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        var renewed = await workflow.RenewSecret(A.Ada);
        var reconnect = workflow with { Secret = renewed.Value!.Secret!.Value };
        lab.OpenAI.HangUps.Next(_ => Task.FromResult<HangUpReply>(new HangUpReply.Failed(PretendOpenAI.Fault())));

        var refused = await reconnect.Connect();

        Assert.Equal(RefusalCode.ProviderUnavailable, refused.Refusal?.Code);
        Assert.NotNull(refused.Refusal!.RetryAfter);
        Assert.Single(lab.OpenAI.Creations.Asked);

        // The secret was not used up: once the old call is gone, it opens the new one.
        lab.Clock.Advance(A.Seconds(2));
        await lab.OpenAI.HangUps.WhenAsked(2);
        Assert.True((await reconnect.Connect()).IsAccepted);
    }

    [Fact]
    public async Task No_call_is_created_for_an_attempt_that_was_given_up_meanwhile()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        var renewed = await workflow.RenewSecret(A.Ada);
        var hangUp = lab.OpenAI.HangUps.Hold();
        var reconnecting = (workflow with { Secret = renewed.Value!.Secret!.Value }).Connect();
        await hangUp.Arrived;

        // As long as a frozen silo sleeps: the attempt's time is over when it goes on.
        lab.Clock.Advance(A.Seconds(25));
        await lab.Reaches(workflow.Id, Phase.Ready);
        hangUp.Open();

        Assert.False((await reconnecting).IsAccepted);
        Assert.Single(lab.OpenAI.Creations.Asked);
    }

    [Fact]
    public async Task A_call_that_cannot_be_saved_is_hung_up_at_once()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin();
        lab.Storage.RefuseNext(next => next.CallId is not null);

        var refused = await workflow.Connect();

        Assert.Equal(RefusalCode.StorageUnavailable, refused.Refusal?.Code);
        await lab.OpenAI.HangUps.WhenAsked();
        Assert.Equal("rtc_created_1", lab.OpenAI.HangUps.Asked[0].CallId);
        Assert.Equal(Phase.Connecting, (await workflow.View()).Phase);

        // Its outcome stays unknown to the state, which says so in the end.
        lab.Clock.Advance(A.Seconds(20));
        await lab.Reaches(workflow.Id, Phase.Ready);
        Assert.Equal(HangUpResult.Unverified, (await workflow.Grain.End(A.Ada, null)).Value!.HangUp);
    }

    [Fact]
    public async Task A_call_whose_saving_was_done_but_timed_out_is_hung_up_at_once_and_its_workflow_waits_for_another()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin();
        lab.Storage.LoseAnswerOfNext(next => next.CallId is not null);

        var refused = await workflow.Connect();

        Assert.Equal(RefusalCode.StorageUnavailable, refused.Refusal?.Code);
        await lab.OpenAI.HangUps.WhenAsked();
        await lab.Reaches(workflow.Id, Phase.Ready);
        var renewed = await workflow.RenewSecret(A.Ada);
        Assert.Null((await (workflow with { Secret = renewed.Value!.Secret!.Value }).Connect()).Refusal);
        Assert.Equal(HangUpResult.Confirmed, (await workflow.Grain.End(A.Ada, null)).Value!.HangUp);
    }

    [Fact]
    public async Task A_call_whose_saving_was_overtaken_is_decided_again_on_what_is_stored_now()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin();
        lab.Storage.OvertakeNext(next => next.CallId is not null);

        var answer = await workflow.Connect();

        Assert.Equal("rtc_created_1", answer.Value?.Call.Value);
        Assert.Equal("rtc_created_1", (await lab.State(workflow.Id)).CallId);
        Assert.Empty(lab.OpenAI.HangUps.Asked);
    }

    [Fact]
    public async Task A_call_whose_saving_was_overtaken_again_and_again_is_hung_up_at_once()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.Begin();
        lab.Storage.OvertakeNext(next => next.CallId is not null);
        lab.Storage.OvertakeNext(next => next.CallId is not null);

        var refused = await workflow.Connect();

        Assert.Equal(RefusalCode.StorageUnavailable, refused.Refusal?.Code);
        await lab.OpenAI.HangUps.WhenAsked();
        Assert.Equal("rtc_created_1", lab.OpenAI.HangUps.Asked[0].CallId);
    }
}
