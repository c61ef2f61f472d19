using System.Net.WebSockets;
using System.Text.Json;
using SessionGrains.Bench.Loads;
using SessionGrains.Testing.Hosts;
using static System.FormattableString;

namespace SessionGrains.Bench.Scale;

/// <summary>What it costs to listen: the model speaks in calls that are held.</summary>
internal sealed class Conversations(Ground ground) : IPart
{
    /// <summary>What one says in a breath: some thirty events.</summary>
    private const string Response =
        """{"say":"Thank you, I have found your order, it left our warehouse this morning and will be with you tomorrow before noon.","word_ms":5}""";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Name => "Conversations";

    public async Task<PartResult> Measure()
    {
        var plan = ground.Plan;
        await using var scene = await Scene.Open(ground);
        await scene.GrowTo(plan.SpeakingCalls, withCall: true);
        await scene.AllAreHeld();
        var events = await Count(scene);
        // Calls take turns, so that each response is long over when the next one begins in the same call.
        var cost = await scene.Cost(plan.SiloWindow, () => Scene.Ask(Speak, plan.ResponsesPerSecond, plan.SiloWindow, seed: 30));
        await scene.AllAreHeld();

        var silo = cost.PerLifecycle.First(one => one.Name == "silo").Milliseconds / events;
        return new(
            ["calls", "responses/s", "events of one", "CPU-ms of one"],
            [[Written.Count(plan.SpeakingCalls), Invariant($"{plan.ResponsesPerSecond:0}"), $"{events}", cost.PerLifecycleText]],
            [new("events per second that keep one core of a silo busy", Written.Count((int)(1000 / silo)))]);

        Task Speak(int n) => scene.World.OpenAI.Respond(scene.Live[n % scene.Live.Count].Call!, Response);
    }

    /// <summary>How many events a sideband hears of one response, counted by a sideband of our own.</summary>
    private static async Task<int> Count(Scene scene)
    {
        using var patience = new CancellationTokenSource(Patience);
        var call = scene.Live[0].Call!;
        using var sideband = new ClientWebSocket();
        sideband.Options.SetRequestHeader("Authorization", $"Bearer {PretendOpenAI.Key}");
        await sideband.ConnectAsync(new UriBuilder(scene.World.OpenAI.BaseUrl) { Scheme = "ws", Path = "/v1/realtime", Query = $"call_id={call}" }.Uri, patience.Token);
        await scene.World.OpenAI.Respond(call, Response);

        var (events, buffer) = (0, new byte[64 * 1024]);
        for (string? type = null; type is not "response.done";)
        {
            var length = 0;
            for (ValueWebSocketReceiveResult part = default; !part.EndOfMessage; length += part.Count)
            {
                part = await sideband.ReceiveAsync(buffer.AsMemory(length), patience.Token);
                if (part.MessageType is WebSocketMessageType.Close)
                {
                    throw new WrongAnswerException($"the call of {call} was over before the model had spoken");
                }
            }

            using var heard = JsonDocument.Parse(buffer.AsMemory(0, length));
            type = heard.RootElement.GetProperty("type").GetString();
            events++;
        }

        return events;
    }
}
