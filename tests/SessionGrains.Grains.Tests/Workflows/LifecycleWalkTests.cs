using SessionGrains.Grains.Workflows;
using Xunit;
using static SessionGrains.Grains.Tests.Workflows.A;
using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>Random lives of a workflow, with a crash between any two steps, beside a ledger that knows the truth at OpenAI.</summary>
public sealed class LifecycleWalkTests
{
    private const int Walks = 1_000;
    private const int Steps = 30;

    [Fact]
    public void No_call_is_ever_forgotten_the_end_is_final_and_has_one_reason()
    {
        var seed = Environment.GetEnvironmentVariable("SESSIONGRAINS_TEST_SEED") is { Length: > 0 } given ? int.Parse(given, null) : Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage("walk seed {0}", seed);

        for (var walk = 0; walk < Walks; walk++)
        {
            new Walk(new Random(HashCode.Combine(seed, walk)), $"seed {seed}, walk {walk}").Run();
        }
    }

    private sealed class Walk(Random random, string name)
    {
        private readonly Dictionary<string, bool> callsAtOpenAI = [];
        private readonly List<(string Attempt, string? Call, bool IsKnownRefusal)> results = [];
        private readonly HashSet<string> undelivered = [];
        private readonly List<string> secrets = [];

        private WorkflowState stored = WorkflowState.None;
        private WorkflowState reported = WorkflowState.None;
        private DateTimeOffset now = Noon;
        private int numbers;

        public void Run()
        {
            var mode = (ConnectionMode)random.Next(3);
            secrets.Add("hash-1");
            Apply(Beginning(mode) with { SecretHash = mode is ConnectionMode.ClientSecret ? null : "hash-1" });

            for (var step = 0; step < Steps; step++)
            {
                Apply(Choose(mode));
            }

            // However it went: with time and a provider that answers, everything ends and no call lives.
            for (var round = 0; round < 10; round++)
            {
                now += Seconds(400);
                Apply(Look());
                HangUpAllOwed();
            }

            Assert.Equal(Phase.Ended, stored.Phase);
            Assert.True(callsAtOpenAI.Values.All(isLive => !isLive), $"{name}: a call outlived its workflow");
        }

        private WorkflowCommand Choose(ConnectionMode mode)
        {
            now += Seconds(random.NextDouble() * 20);
            switch (random.Next(10))
            {
                case 0 or 1 when mode is ConnectionMode.ClientSecret:
                    var call = New("call");
                    callsAtOpenAI[$"rtc_{call}"] = true;
                    return new ReportCall(Call(call)) { By = Ada };
                case 0 or 1 or 2:
                    return new Connect(secrets[random.Next(secrets.Count)], New("attempt"));
                case 3:
                    var hash = New("hash");
                    secrets.Add(hash);
                    return new RenewSecret(mode is ConnectionMode.ClientSecret ? null : hash) { By = Ada };
                case 4 or 5 when results.Count > 0:
                    return Result();
                case 6 when random.Next(4) is 0:
                    return new End((EndReason)random.Next(13)) { By = random.Next(2) is 0 ? Ada : null };
                case 7 when stored.Owed.Length > 0:
                    var owed = stored.Owed[random.Next(stored.Owed.Length)].CallId;
                    callsAtOpenAI[owed] = false;
                    return new HangUpSettled(CallId.Parse(owed), HangUpResult.Confirmed);
                case 8 when random.Next(8) is 0:
                    return new MintFailed("429");
                case 9 when random.Next(3) is 0:
                    return new Checkpoint();
                case 9 when random.Next(6) is 0 && callsAtOpenAI.Count > 0:
                    return new CallOver(CallId.Parse(callsAtOpenAI.Keys.ElementAt(random.Next(callsAtOpenAI.Count))), EndReason.CallEnded, "");
                default:
                    return Look();
            }
        }

        /// <summary>A result that comes back, perhaps twice, perhaps long after its workflow ended.</summary>
        private WorkflowCommand Result()
        {
            var result = results[random.Next(results.Count)];
            return result switch
            {
                { Call: { } call } => new CallCreated(result.Attempt, CallId.Parse(call)),
                { IsKnownRefusal: true } => new CallRefused(result.Attempt, "403"),
                _ => new CallUnknown(result.Attempt, "timeout"),
            };
        }

        private void Apply(WorkflowCommand command)
        {
            var before = stored;
            var decision = Lifecycle.Decide(before, command, now, Limits);

            // Somebody reports more calls than secrets can explain: these are made up, and nobody hangs them up with our key.
            if (command is ReportCall made && decision == new Decision(before, Refusal.WorkflowEnded))
            {
                Assert.True(before.CallsReported >= 2 * before.SecretsMinted, $"{name}: a late call was not believed");
                callsAtOpenAI[made.Call.Value] = false;
            }

            // A crash before the save: nothing happened. The ledger keeps what the world did.
            var crashes = random.Next(10) is 0 && command is not Begin;
            if (crashes && command is not (ReportCall or CallCreated))
            {
                return;
            }

            stored = decision.Next.Phase is Phase.Ended && before.Phase is not (Phase.Ended or Phase.None) ? Lifecycle.Tombstone(Report(decision.Next)) : decision.Next;
            Check(before, command);

            // A crash after the save of an attempt: the request may or may not have left.
            if (command is Connect connect && decision.Refusal is null)
            {
                Act(connect, crashes);
            }
        }

        private void Act(Connect connect, bool crashed)
        {
            switch (random.Next(4))
            {
                case 0:
                    results.Add((connect.AttemptId, null, true));
                    break;
                case 1:
                    results.Add((connect.AttemptId, null, false));
                    break;
                // Lost with its silo, a call's id was never known to us: then only the end can say so.
                case 2 when crashed:
                    break;
                default:
                    var call = $"rtc_{New("call")}";
                    callsAtOpenAI[call] = true;
                    results.Add((connect.AttemptId, call, false));
                    undelivered.Add(call);
                    Deliver(connect.AttemptId, call);
                    break;
            }
        }

        /// <summary>The activation that learned a call's id hands it in, however late.</summary>
        private void Deliver(string attempt, string call)
        {
            if (random.Next(3) is 0)
            {
                now += Seconds(random.NextDouble() * 30);
                Apply(Look());
            }

            undelivered.Remove(call);
            Apply(new CallCreated(attempt, CallId.Parse(call)));
        }

        private WorkflowState Report(WorkflowState ended)
        {
            Assert.Equal(Phase.None, reported.Phase);
            Assert.NotNull(ended.EndReason);
            Assert.NotNull(ended.HangUp);
            return reported = ended;
        }

        private void Check(WorkflowState before, WorkflowCommand command)
        {
            var where = $"{name}, after {command.GetType().Name} in {before.Phase}";
            Assert.False(before.Phase is Phase.Ended && stored.Phase is not Phase.Ended, $"{where}: Ended moved");
            Assert.False(before.EndReason is { } reason && stored.EndReason != reason, $"{where}: the end reason moved");
            Assert.True(stored.Phase is not Phase.Ended || stored.EndReason == reported.EndReason, $"{where}: two reasons");
            Assert.True(stored.Phase is not Phase.Ending || stored.Owed.Length > 0 || stored.Attempt is not null, $"{where}: Ending for nothing");

            var known = stored.Owed.Select(owed => owed.CallId).Append(stored.CallId).ToHashSet();
            foreach (var (call, _) in callsAtOpenAI.Where(call => call.Value))
            {
                var isAccountedFor = known.Contains(call) || undelivered.Contains(call);
                Assert.True(isAccountedFor, $"{where}: {call} is forgotten");
            }
        }

        private void HangUpAllOwed()
        {
            foreach (var owed in stored.Owed)
            {
                callsAtOpenAI[owed.CallId] = false;
                Apply(new HangUpSettled(CallId.Parse(owed.CallId), HangUpResult.Confirmed));
            }
        }

        private string New(string kind) => $"{kind}-{++numbers}";
    }
}
