using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using SessionGrains.Grains.Tests.Sideband;
using SessionGrains.OpenAI;
using Xunit;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>A call that must go is hung up until it is gone, or until that is given up and counted.</summary>
public sealed class HangUpTests
{
    [Fact]
    public async Task A_failing_hang_up_is_tried_again_after_one_second_then_twice_as_long_up_to_a_minute_and_given_up_after_ten()
    {
        await using var lab = await Lab.Start();
        using var given = new GivenUp(lab);
        var workflow = await lab.BeginCall();
        lab.OpenAI.HangUps.Always(_ => new HangUpReply.Failed(PretendOpenAI.Fault()));
        var waits = lab.Clock.Waits;
        var ending = await workflow.Grain.End(A.Ada, null);
        Assert.Equal(Phase.Ending, ending.Value!.Phase);

        double[] delays = [1, 2, 4, 8, 16, 32, 60, 60, 60];
        for (var tries = 1; tries <= delays.Length; tries++)
        {
            var delay = A.Seconds(delays[tries - 1]);
            var wait = await lab.Clock.WaitOf(delay * 0.8, delay * 1.2, waits);
            waits = lab.Clock.Waits;
            lab.Clock.Advance(wait - TimeSpan.FromMilliseconds(1));
            Assert.Equal(tries, lab.OpenAI.HangUps.Asked.Count);
            lab.Clock.Advance(TimeSpan.FromMilliseconds(1));
            await lab.OpenAI.HangUps.WhenAsked(tries + 1);
        }

        Assert.Equal(0, given.Times);
        while (lab.Clock.GetUtcNow() - A.Noon < TimeSpan.FromMinutes(10))
        {
            var tries = lab.OpenAI.HangUps.Asked.Count;
            var wait = await lab.Clock.WaitOf(A.Seconds(48), A.Seconds(72), waits);
            waits = lab.Clock.Waits;
            Assert.Equal(Phase.Ending, (await lab.State(workflow.Id)).Phase);
            lab.Clock.Advance(wait);
            await lab.OpenAI.HangUps.WhenAsked(tries + 1);
        }

        Assert.Equal(HangUpResult.Unverified, (await lab.Reaches(workflow.Id, Phase.Ended)).HangUp);
        Assert.Equal(1, given.Times);
    }

    [Fact]
    public async Task A_hang_up_that_works_at_last_confirms_the_end()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        lab.OpenAI.HangUps.Next(new HangUpReply.Failed(PretendOpenAI.Fault(ProviderFaultKind.RateLimited)));
        var waits = lab.Clock.Waits;
        await workflow.Grain.End(A.Ada, null);

        lab.Clock.Advance(await lab.Clock.WaitOf(A.Seconds(0.8), A.Seconds(1.2), waits));

        Assert.Equal(HangUpResult.Confirmed, (await lab.Reaches(workflow.Id, Phase.Ended)).HangUp);
        Assert.Equal(2, lab.OpenAI.HangUps.Asked.Count);
    }

    [Fact]
    public async Task A_call_of_ours_that_OpenAI_does_not_know_is_gone_already()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        lab.OpenAI.HangUps.Next(new HangUpReply.NotFound());

        Assert.Equal(HangUpResult.AlreadyGone, (await workflow.Grain.End(A.Ada, null)).Value!.HangUp);
    }

    [Fact]
    public async Task A_call_that_OpenAI_does_not_know_a_moment_after_it_was_created_is_hung_up_when_it_does()
    {
        await using var lab = await Lab.Start();
        var workflow = await BeginUnheardCall(lab);
        lab.OpenAI.HangUps.Next(new HangUpReply.NotFound());
        var waits = lab.Clock.Waits;
        Assert.Equal(Phase.Ending, (await workflow.Grain.End(A.Ada, null)).Value!.Phase);

        lab.Clock.Advance(await lab.Clock.WaitOf(A.Seconds(0.8), A.Seconds(1.2), waits));

        Assert.Equal(HangUpResult.Confirmed, (await lab.Reaches(workflow.Id, Phase.Ended)).HangUp);
    }

    [Fact]
    public async Task A_call_whose_sideband_worked_is_gone_at_once_also_when_it_makes_room_for_another()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        var renewed = await workflow.Grain.RenewSecret(A.Ada, TestContext.Current.CancellationToken);
        var hangUp = lab.OpenAI.HangUps.Hold(_ => new HangUpReply.NotFound());
        var connecting = (workflow with { Secret = renewed.Value!.Secret!.Value }).Connect();
        await hangUp.Arrived;

        hangUp.Open();

        Assert.Null((await connecting).Refusal);
    }

    [Fact]
    public async Task A_new_call_is_gone_when_OpenAI_does_not_know_it_ten_seconds_later_either()
    {
        await using var lab = await Lab.Start();
        var workflow = await BeginUnheardCall(lab);
        lab.OpenAI.HangUps.Always(_ => new HangUpReply.NotFound());
        var waits = lab.Clock.Waits;
        await workflow.Grain.End(A.Ada, null);
        foreach (var delay in new double[] { 1, 2, 4, 8 })
        {
            var wait = await lab.Clock.WaitOf(A.Seconds(delay * 0.8), A.Seconds(delay * 1.2), waits);
            Assert.Equal(Phase.Ending, (await lab.State(workflow.Id)).Phase);
            waits = lab.Clock.Waits;
            lab.Clock.Advance(wait);
        }

        Assert.Equal(HangUpResult.AlreadyGone, (await lab.Reaches(workflow.Id, Phase.Ended)).HangUp);
        Assert.Equal(5, lab.OpenAI.HangUps.Asked.Count);
    }

    [Fact]
    public async Task A_call_of_the_browser_is_gone_only_if_its_own_secret_says_so_too()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall(Lab.Direct);
        lab.Clock.Advance(A.Seconds(11));
        lab.OpenAI.HangUps.Always(_ => new HangUpReply.NotFound());

        Assert.Equal(HangUpResult.AlreadyGone, (await workflow.Grain.End(A.Ada, null)).Value!.HangUp);
        Assert.Equal([new(workflow.Call, null), new(workflow.Call, "ek_minted_1")], lab.OpenAI.HangUps.Asked);
    }

    [Fact]
    public async Task A_call_of_the_browser_that_only_its_secret_knows_is_hung_up_with_it()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall(Lab.Direct);
        lab.OpenAI.HangUps.Always(asked => asked.Secret is null ? new HangUpReply.NotFound() : new HangUpReply.Accepted());

        Assert.Equal(HangUpResult.Confirmed, (await workflow.Grain.End(A.Ada, null)).Value!.HangUp);
    }

    [Fact]
    public async Task A_call_whose_secret_was_forgotten_with_its_activation_is_not_taken_for_gone()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall(Lab.Direct);
        lab.Clock.Advance(A.Seconds(11));
        await lab.Forget(workflow);
        lab.OpenAI.HangUps.Always(_ => new HangUpReply.NotFound());

        Assert.Equal(HangUpResult.Unverified, (await workflow.Grain.End(A.Ada, null)).Value!.HangUp);
    }

    [Fact]
    public async Task A_slow_hang_up_does_not_block_a_view()
    {
        await using var lab = await Lab.Start();
        var workflow = await lab.BeginCall();
        var hangUp = lab.OpenAI.HangUps.Hold();
        var ending = workflow.Grain.End(A.Ada, null);
        await hangUp.Arrived;

        Assert.Equal(Phase.Ending, (await workflow.View()).Phase);

        hangUp.Open();
        Assert.Equal(Phase.Ended, (await ending).Value!.Phase);
    }

    /// <summary>A workflow with a call that no sideband could be attached to.</summary>
    private static async Task<Running> BeginUnheardCall(Lab lab)
    {
        lab.Sidebands.Attempts.Always(_ => PretendSideband.NotFound);
        var workflow = await lab.Begin();
        Assert.Null((await workflow.Connect()).Refusal);
        return workflow;
    }

    /// <summary>Counts the hang-ups that this lab's silo gave up.</summary>
    private sealed class GivenUp : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _times;

        public GivenUp(Lab lab)
        {
            var factory = lab.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "sessiongrains.hangups.unverified" && instrument.Meter.Scope == factory)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, times, _, _) => Interlocked.Add(ref _times, times));
            _listener.Start();
        }

        public long Times => Interlocked.Read(ref _times);

        public void Dispose() => _listener.Dispose();
    }
}
