using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.OpenAI.Sideband;
using Xunit;

namespace SessionGrains.Grains.Tests.Sideband;

/// <summary>OpenAI's end of sidebands as the test wants it: it attaches and answers updates where no script says otherwise.</summary>
internal sealed class PretendSideband : ISidebandClient
{
    private readonly List<Line> _lines = [];

    public PretendSideband() => Attempts = new(attempt => new AttachReply.Attached(Attach(attempt.CallId)));

    /// <summary>Attempts to attach; a script may answer them.</summary>
    public Script<Attempt, AttachReply> Attempts { get; }

    /// <summary>Whether a new line answers a <c>session.update</c>.</summary>
    public bool AnswersUpdates { get; set; } = true;

    /// <summary>What a session is before anybody updates it.</summary>
    public JsonObject Session { get; set; } = JsonNode.Parse("""{"type":"realtime","model":"gpt-realtime-2.1","audio":{"output":{"voice":"marin"}}}""")!.AsObject();

    /// <summary>Every sideband that was attached so far, the latest one last.</summary>
    public IReadOnlyList<Line> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public Line Last => Lines[^1];

    public static AttachReply NotFound { get; } = new AttachReply.NotFound();

    public static AttachReply Failed { get; } = new AttachReply.Failed(PretendOpenAI.Fault());

    public Task<AttachReply> AttachAsync(string callId, string? secret, CancellationToken cancellationToken) => Attempts.Ask(new(callId, secret));

    /// <summary>Waits for the sideband with this number, the first one being 1.</summary>
    public async Task<Line> Attached(int number = 1)
    {
        await Lab.Eventually(() => Task.FromResult(Lines.Count >= number));
        return Lines[number - 1];
    }

    /// <summary>A sideband, for scripts that answer an attempt themselves.</summary>
    public Line Attach(string callId)
    {
        var line = new Line(callId, Session.DeepClone().AsObject()) { AnswersUpdates = AnswersUpdates };
        lock (_lines)
        {
            _lines.Add(line);
        }

        return line;
    }

    internal sealed record Attempt(string CallId, string? Secret);

    /// <summary>One attached sideband. Items that are put into the conversation arrive; nobody responds.</summary>
    internal sealed class Line(string callId, JsonObject session) : ISideband
    {
        private readonly Channel<SidebandEvent> _told = Channel.CreateUnbounded<SidebandEvent>();
        private readonly List<JsonObject> _sent = [];
        private readonly Lock _gate = new();
        private string? _lastItemId;
        private bool _isOver;

        public string CallId => callId;

        public bool AnswersUpdates { get; set; }

        public bool ItemsArrive { get; set; } = true;

        public bool WasClosed { get; private set; }

        public bool WasCut { get; private set; }

        /// <summary>What the conversation ends with when nothing else is known.</summary>
        public string? LastItemId
        {
            get => _lastItemId;
            set => _lastItemId = value;
        }

        public IReadOnlyList<JsonObject> Sent
        {
            get
            {
                lock (_gate)
                {
                    return [.. _sent];
                }
            }
        }

        public IReadOnlyList<JsonObject> OfType(string type) => [.. Sent.Where(sent => (string?)sent["type"] == type)];

        /// <summary>Waits until so many events of a type were sent, and gives the last of them.</summary>
        public async Task<JsonObject> Hears(string type, int times = 1)
        {
            await Lab.Eventually(
                () => Task.FromResult(OfType(type).Count >= times),
                () => Task.FromResult($"{times} {type} did not come, but {string.Join("\n", Sent.Select(sent => sent.ToJsonString()))}"));
            return OfType(type)[times - 1];
        }

        /// <summary>OpenAI tells something.</summary>
        public void Tell(params SidebandEvent[] told)
        {
            foreach (var next in told)
            {
                Assert.True(_told.Writer.TryWrite(next));
            }
        }

        public void Close(CloseKind kind)
        {
            lock (_gate)
            {
                if (!_isOver)
                {
                    _isOver = true;
                    _told.Writer.TryWrite(new SidebandEvent.Closed(kind, null));
                    _told.Writer.TryComplete();
                }
            }
        }

        /// <summary>Reading from it fails in a way that nobody has thought of.</summary>
        public void Break()
        {
            lock (_gate)
            {
                _isOver = true;
                _told.Writer.TryComplete(new InvalidOperationException("Nobody has thought of this."));
            }
        }

        /// <summary>Somebody changes the session, whoever it is.</summary>
        public void Update(JsonObject patch)
        {
            lock (_gate)
            {
                Merge(session, patch);
                Tell(new SidebandEvent.SessionUpdated(JsonSerializer.SerializeToElement(session)));
            }
        }

        public Task SendAsync(JsonObject clientEvent, CancellationToken cancellationToken)
        {
            lock (_gate)
            {
                if (_isOver)
                {
                    throw new SidebandClosedException(new IOException("It is over."));
                }

                _sent.Add(clientEvent);
            }

            Answer(clientEvent);
            return Task.CompletedTask;
        }

        public IAsyncEnumerable<SidebandEvent> ReadAsync(CancellationToken cancellationToken) => _told.Reader.ReadAllAsync(cancellationToken);

        public Task CloseAsync()
        {
            WasClosed = true;
            Close(CloseKind.Clean);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            WasCut |= !_isOver;
            Close(CloseKind.Broken);
            return ValueTask.CompletedTask;
        }

        private void Answer(JsonObject sent)
        {
            switch ((string?)sent["type"])
            {
                case "session.update" when AnswersUpdates:
                    Update(sent["session"]!.AsObject());
                    break;
                case "conversation.item.create" when ItemsArrive:
                    Tell(new SidebandEvent.ItemAdded(JsonSerializer.SerializeToElement(sent["item"]), _lastItemId));
                    _lastItemId = (string?)sent["item"]!["id"];
                    break;
                case "conversation.item.delete":
                    Tell(new SidebandEvent.ItemDeleted((string)sent["item_id"]!));
                    break;
            }
        }

        private static void Merge(JsonObject target, JsonObject patch)
        {
            foreach (var (name, value) in patch)
            {
                if (value is JsonObject inner && target[name] is JsonObject current && name is "audio" or "input" or "output")
                {
                    Merge(target[name]!.AsObject(), value!.AsObject());
                }
                else
                {
                    target[name] = value?.DeepClone();
                }
            }
        }
    }
}
