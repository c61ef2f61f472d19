using SessionGrains.Grains.Sideband;
using SessionGrains.OpenAI.Sideband;
using Xunit;
using static SessionGrains.Grains.Tests.Sideband.Told;

namespace SessionGrains.Grains.Tests.Sideband;

/// <summary>Random conversations with a pretended OpenAI at the other end of a slow line that may be cut.</summary>
public sealed class ConversationWalkTests
{
    private const int Walks = 2_000;
    private const int Steps = 60;
    private const string Probe = "probe";

    [Fact]
    public void Every_call_gets_one_output_the_outputs_of_a_response_go_together_and_no_response_is_created_while_one_is_active()
    {
        var seed = Environment.GetEnvironmentVariable("SESSIONGRAINS_TEST_SEED") is { Length: > 0 } given ? int.Parse(given, null) : Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage("walk seed {0}", seed);

        for (var walk = 0; walk < Walks; walk++)
        {
            new Walk(new Random(unchecked((seed * 31) + walk)), $"seed {seed}, walk {walk}").Run();
        }
    }

    private sealed class Walk(Random random, string name)
    {
        private readonly Conversation _conversation = new(browserMayAnswer: false, Plans.Ids, "e_");
        private readonly Server _server = new(random);
        private readonly Queue<Step> _toServer = [];
        private readonly List<Step.RunTool> _running = [];
        private readonly List<Step.WaitFor> _waits = [];
        private readonly HashSet<string> _ran = [];
        private readonly Dictionary<string, string> _responseOf = [];
        private readonly List<string> _trace = [];
        private string? _heardActive;
        private bool _isAttached;

        public void Run()
        {
            Attach();
            for (var step = 0; step < Steps; step++)
            {
                Move();
            }

            // From here on nothing new begins, and everything comes to rest.
            for (var rest = 0; rest < 5_000 && !IsAtRest(); rest++)
            {
                Settle();
            }

            Check(IsAtRest(), "it does not come to rest");
            foreach (var call in _server.Calls)
            {
                var outputs = _server.Items.Count(item => item is Step.Answer answer && answer.CallId == call);
                Check(outputs == 1, $"{call} has {outputs} outputs");
            }

            var last = _server.Items.FindLastIndex(item => item is Step.Answer);
            Check(last < 0 || _server.LastResponseAt > last, "the model was never asked about the last output");
        }

        private void Move()
        {
            switch (random.Next(14))
            {
                case 0 or 1:
                    _server.UserTurn();
                    break;
                case 2 or 3:
                    _server.Announce();
                    break;
                case 4:
                    _server.End(random.Next(3) == 0 ? "cancelled" : "completed");
                    break;
                case 5 when random.Next(4) == 0:
                    Lose();
                    Attach();
                    break;
                case 6 when _server.Told.Count > 0 && _server.Told.Peek() is SidebandEvent.FunctionCall:
                    Do(_conversation.Hear(_server.Told.Peek())); // told twice
                    break;
                default:
                    Settle();
                    break;
            }
        }

        private void Settle()
        {
            switch (random.Next(5))
            {
                case 0 or 1 when _server.Told.TryDequeue(out var told):
                    Hear(told);
                    break;
                case 2 when _toServer.TryDequeue(out var sent):
                    _server.Take(sent);
                    break;
                case 3 when _running.Count > 0:
                    var done = _running[random.Next(_running.Count)];
                    _running.Remove(done);
                    Do(_conversation.Finished(done.CallId.Value, Outcome(done.CallId.Value)));
                    break;
                case 4 when _server.Told.Count == 0 && _toServer.Count == 0 && _running.Count == 0:
                    if (_server.Active is not null)
                    {
                        _server.End("completed");
                    }
                    else if (_waits.Count > 0)
                    {
                        var wait = _waits[0];
                        _waits.RemoveAt(0);
                        Do(_conversation.Waited(wait.What, wait.Key));
                    }

                    break;
            }
        }

        private bool IsAtRest() =>
            _server.Told.Count == 0 && _toServer.Count == 0 && _running.Count == 0 && _server.Active is null && _waits.Count == 0;

        private void Hear(SidebandEvent told)
        {
            _trace.Add($"hear {told} {(told as SidebandEvent.ResponseStarted)?.ResponseId}{(told as SidebandEvent.ResponseDone)?.ResponseId}{(told as SidebandEvent.FunctionCall)?.CallId}");
            switch (told)
            {
                case SidebandEvent.ResponseStarted started:
                    _heardActive = started.ResponseId;
                    break;
                case SidebandEvent.ResponseDone:
                    _heardActive = null;
                    break;
                case SidebandEvent.Other(var last):
                    Do(_conversation.Recovered(last, last == Server.OfTheModel, mayHaveMissed: false, "k"));
                    break;
                case SidebandEvent.FunctionCall call:
                    _responseOf[call.CallId] = call.ResponseId!;
                    break;
            }

            Do(_conversation.Hear(told));
        }

        private void Do(IReadOnlyList<Step> steps)
        {
            var answered = steps.OfType<Step.Answer>().Where(answer => _server.Items.All(item => item is not Step.Answer old || old.ItemId != answer.ItemId)).ToArray();
            foreach (var response in answered.Select(answer => _responseOf.GetValueOrDefault(answer.CallId)).Where(response => response is not null).Distinct())
            {
                var open = _responseOf.Where(call => call.Value == response && _running.Any(run => run.CallId.Value == call.Key)).ToArray();
                Check(open.Length == 0, $"the outputs of {response} went out before {string.Join(", ", open)}");
            }

            foreach (var step in steps)
            {
                _trace.Add($"  {step} {(step as Step.Answer)?.CallId}{(step as Step.RunTool)?.CallId}{(step as Step.WaitFor)?.Key}{(step as Step.CreateResponse)?.EventId}");
                switch (step)
                {
                    case Step.RunTool run:
                        Check(_ran.Add(run.CallId.Value), $"{run.CallId} ran twice");
                        _running.Add(run);
                        break;
                    case Step.WaitFor wait:
                        _waits.Add(wait);
                        break;
                    case Step.Answer or Step.CreateResponse:
                        Check(_isAttached, $"{step} was sent into the void");
                        Check(_heardActive is null, $"{step} was sent while {_heardActive} is active");
                        _toServer.Enqueue(step);
                        break;
                }
            }
        }

        private void Lose()
        {
            _trace.Add("lost");
            // Whatever was on the way, either way, arrives or does not.
            while (_toServer.TryDequeue(out var sent) && random.Next(2) == 0)
            {
                _server.Take(sent);
            }

            _toServer.Clear();
            _server.Told.Clear();
            // What belongs to a response that goes on meanwhile cannot be known.
            _responseOf.Clear();
            (_isAttached, _heardActive) = (false, null);
            _conversation.Lost();
        }

        /// <summary>What the owner does when the sideband works again: it finds out what the conversation ends with.</summary>
        private void Attach()
        {
            _trace.Add("attached");
            _isAttached = true;
            _toServer.Enqueue(new Step.Say(Probe, ""));
            Do(_conversation.Attached());

            // Those that were made meanwhile are asked for again by the model; here they are told once more.
            foreach (var missed in _server.Calls.Where(call => !_ran.Contains(call)).ToArray())
            {
                Do(_conversation.Recover((SidebandEvent.FunctionCall)Call(missed, null)));
            }
        }

        private void Check(bool holds, string what) => Assert.True(holds, $"{name}: {what}\n{string.Join('\n', _trace)}");
    }

    /// <summary>OpenAI, as far as these rules meet it.</summary>
    private sealed class Server(Random random)
    {
        public const string OfTheModel = "item_of_the_model";

        private const string OfTheUser = "item_of_the_user";

        private readonly Queue<Step> _deferred = [];
        private int _numbers;

        public Queue<SidebandEvent> Told { get; } = [];

        /// <summary>Calls that were made, and outputs; a response is a text.</summary>
        public List<object> Items { get; } = [];

        public List<string> Calls { get; } = [];

        public string? Active { get; private set; }

        public int LastResponseAt { get; private set; } = -1;

        public void UserTurn()
        {
            Told.Enqueue(new SidebandEvent.SpeechStarted());
            if (Active is not null)
            {
                End("cancelled");
            }

            Told.Enqueue(new SidebandEvent.SpeechStopped());
            Items.Add(OfTheUser);
            if (random.Next(4) > 0)
            {
                Start();
            }
        }

        public void Announce()
        {
            if (Active is not { } response)
            {
                return;
            }

            var call = $"c{++_numbers}";
            Calls.Add(call);
            Items.Add(call);
            Told.Enqueue(Call(call, response));
            Told.Enqueue(Call(call, response));
        }

        public void End(string status)
        {
            if (Active is not { } response)
            {
                return;
            }

            Active = null;
            Told.Enqueue(Done(response, status));
            while (_deferred.TryDequeue(out var next))
            {
                Put(next);
            }
        }

        public void Take(Step sent)
        {
            switch (sent)
            {
                case Step.Answer answer when Items.Concat(_deferred).OfType<Step.Answer>().Any(there => there.ItemId == answer.ItemId):
                    Told.Enqueue(new SidebandEvent.Error("item_create_duplicate_item_id", null, random.Next(2) == 0 ? answer.ItemId : null));
                    break;
                case Step.Answer or Step.Say when Active is not null:
                    _deferred.Enqueue(sent);
                    break;
                case Step.Answer or Step.Say:
                    Put(sent);
                    break;
                case Step.CreateResponse create when Active is not null:
                    Told.Enqueue(AlreadyActive(random.Next(2) == 0 ? create.EventId : null));
                    break;
                case Step.CreateResponse:
                    Start();
                    break;
            }
        }

        private void Put(Step item)
        {
            if (item is Step.Say)
            {
                // The probe is put there, says what it follows, and is gone again.
                if (Items.LastOrDefault() is { } last)
                {
                    var itemId = LastResponseAt == Items.Count ? OfTheModel : (last as Step.Answer)?.ItemId ?? (last is OfTheUser ? OfTheUser : OfTheModel);
                    Told.Enqueue(new SidebandEvent.Other(itemId));
                }

                return;
            }

            Items.Add(item);
            Told.Enqueue(Arrived(item));
        }

        private void Start()
        {
            Active = $"resp_{++_numbers}";
            LastResponseAt = Items.Count;
            Told.Enqueue(Started(Active));
        }
    }
}
