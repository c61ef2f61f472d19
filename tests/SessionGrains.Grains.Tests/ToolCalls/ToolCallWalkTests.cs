using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Tools;
using SessionGrains.Tools.Running;
using Xunit;

namespace SessionGrains.Grains.Tests.ToolCalls;

/// <summary>
/// Random lives of a tool call: activations that die between any two steps or go on as zombies, writes whose answer is lost, and
/// beside them a ledger that knows what really reached the tool.
/// </summary>
public sealed class ToolCallWalkTests
{
    private const int Walks = 4_000;
    private const int Steps = 40;

    [Fact]
    public void An_unkeyed_call_is_sent_at_most_once_and_the_first_outcome_is_final()
    {
        var seed = Seed();
        for (var walk = 0; walk < Walks; walk++)
        {
            var life = new Life(new Random(HashCode.Combine(seed, walk)), $"seed {seed}, walk {walk}", writesFirst: true);
            life.Run();
            Assert.True(life.Effect is not ToolEffect.Unkeyed || life.Sent <= 1, $"{life.Name}: sent {life.Sent} times");
        }
    }

    [Fact]
    public void Writing_down_only_after_the_effect_would_send_unkeyed_calls_twice()
    {
        var seed = Seed();
        var twice = 0;
        for (var walk = 0; walk < Walks; walk++)
        {
            var life = new Life(new Random(HashCode.Combine(seed, walk)), $"seed {seed}, walk {walk}", writesFirst: false);
            life.Run();
            twice += life.Effect is ToolEffect.Unkeyed && life.Sent > 1 ? 1 : 0;
        }

        Assert.True(twice > 0, "the walk would not notice that the protection is gone");
    }

    private static int Seed()
    {
        var seed = Environment.GetEnvironmentVariable("SESSIONGRAINS_TEST_SEED") is { Length: > 0 } given ? int.Parse(given, null) : Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage("walk seed {0}", seed);
        return seed;
    }

    private sealed class Life(Random random, string name, bool writesFirst)
    {
        private readonly List<Activation> activations = [];
        private readonly Approval approval = random.Next(3) is 0 ? Approval.User : Approval.None;

        private ToolCallState stored = ToolCallState.None;
        private int version;
        private DateTimeOffset now = A.Noon;
        private int numbers;

        public ToolEffect Effect { get; } = (ToolEffect)random.Next(3);

        public string Name => $"{name}, {Effect}, approval {approval}";

        public int Sent { get; private set; }

        public void Run()
        {
            for (var step = 0; step < Steps; step++)
            {
                now += A.Seconds(random.NextDouble() * 6);
                Step();
            }

            // However it went: an activation that lives on finds an end for whatever has begun.
            activations.Clear();
            now += A.Seconds(300);
            var last = Activate();
            for (var round = 0; round < 4; round++)
            {
                Move(last);
            }

            Assert.True(stored.Stage is ToolCallStage.None || stored.IsFinal, $"{Name}: it never ends, {stored.Stage}");
            Assert.False(writesFirst && stored.Stage is ToolCallStage.Denied && Sent > 0, $"{Name}: denied and sent");
            Assert.False(writesFirst && stored.Stage is ToolCallStage.Completed && Sent is 0, $"{Name}: completed and never sent");
        }

        private void Step()
        {
            switch (random.Next(8))
            {
                case 0:
                    Activate();
                    break;
                case 1 when activations.Count > 0:
                    // It dies; or the others think so, and it goes on as a zombie.
                    activations.RemoveAt(random.Next(activations.Count));
                    break;
                default:
                    Move(activations.Count > 0 ? activations[random.Next(activations.Count)] : Activate());
                    break;
            }
        }

        private Activation Activate()
        {
            var activation = new Activation($"activation-{++numbers}", stored, version);
            activations.Add(activation);
            return activation;
        }

        /// <summary>One step of one activation, as the grain takes them.</summary>
        private void Move(Activation of)
        {
            switch (of)
            {
                case { Result: { } result }:
                    Conclude(of, result);
                    break;
                case { MaySend: true }:
                    of.MaySend = false;
                    of.Result = Send(isRepeat: of.IsRepeat, of.Asked);
                    break;
                case { Current.Stage: ToolCallStage.None }:
                    of.Asked = now;
                    Begin(of, ToolCallRules.Begin(ACall.Asked(Effect, approval), of.Id, now, ACall.Options));
                    break;
                case { Current.Stage: ToolCallStage.PendingApproval }:
                    Decide(of);
                    break;
                case { Current.Stage: ToolCallStage.Started } when ToolCallRules.IsAbandoned(of.Current, of.Id):
                    of.Result = ToolCallRules.AfterLoss(of.Current, now);
                    (of.MaySend, of.IsRepeat, of.Asked) = (of.Result is null, true, now);
                    break;
            }
        }

        private void Decide(Activation of)
        {
            if (Approvals.IsOverdue(of.Current, now))
            {
                Write(of, Approvals.Expire(of.Current, now));
                return;
            }

            switch (ACall.Judge(of.Current, ACall.Owner, random.Next(2) is 0, (now - A.Noon).TotalSeconds))
            {
                case Verdict.Approved(var approved):
                    of.Asked = now;
                    Begin(of, ToolCallRules.Start(approved, of.Id, now, ACall.Options));
                    break;
                case Verdict.Denied(var denied):
                    Write(of, denied);
                    break;
            }
        }

        private void Begin(Activation of, ToolCallState next)
        {
            if (writesFirst || next.Stage is not ToolCallStage.Started)
            {
                of.MaySend = Write(of, next) && next.Stage is ToolCallStage.Started;
                return;
            }

            of.Current = next;
            of.MaySend = true;
        }

        private ToolResult Send(bool isRepeat, DateTimeOffset asked)
        {
            if (now - asked > ToolCallRules.SendWithin)
            {
                return ToolCallRules.NotSent(stored with { Effect = Effect }, isRepeat, "late");
            }

            Sent++;
            return random.Next(4) switch
            {
                0 => new ToolResult.Completed("done", false),
                1 => new ToolResult.Failed("no"),
                2 => new ToolResult.TimedOut(true),
                _ => new ToolResult.Unknown("lost"),
            };
        }

        private void Conclude(Activation of, ToolResult result)
        {
            of.Result = null;
            if (!Write(of, ToolCallRules.Finish(of.Current, result, now)) && activations.Contains(of))
            {
                (of.Current, of.Version) = (stored, version);
            }
        }

        /// <summary>Compare and swap. An answer that gets lost leaves the activation without knowledge: it gives way.</summary>
        private bool Write(Activation of, ToolCallState next)
        {
            if (!next.LeavesRow)
            {
                of.Current = next;
                return true;
            }

            var wins = of.Version == version;
            if (wins)
            {
                var before = stored;
                (stored, version) = (next, version + 1);
                Assert.True(!before.IsFinal || before == stored, $"{Name}: {before.Stage} became {stored.Stage}");
                (of.Current, of.Version) = (stored, version);
            }

            if (!wins || random.Next(12) is 0)
            {
                activations.Remove(of);
                return false;
            }

            return true;
        }
    }

    private sealed class Activation(string id, ToolCallState current, int version)
    {
        public string Id => id;

        public ToolCallState Current { get; set; } = current;

        public int Version { get; set; } = version;

        public bool MaySend { get; set; }

        public bool IsRepeat { get; set; }

        public DateTimeOffset Asked { get; set; }

        public ToolResult? Result { get; set; }
    }
}
