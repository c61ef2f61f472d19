using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>Ten thousand tool calls while silos die and freeze: what was sent, what took effect and what was recorded, held against each other.</summary>
public sealed class ToolChaosTests(TestPostgres postgres)
{
    private const int Calls = 10_000;
    private const int Relayed = 60;
    private const int Heard = 20;
    private const int CallsOfHeard = 25;
    private const int Callers = 96;

    private static readonly TimeSpan Frozen = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly string[] Tools = ["unkeyed_it", "keyed_it", "read_it"];

    [Fact]
    public async Task No_silo_that_dies_or_freezes_makes_a_tool_call_happen_twice_or_go_unanswered()
    {
        await using var backend = await ToolBackend.StartAsync();
        // Slow enough that every silo has many of them under way at any moment.
        backend.Delay = (100, 700);
        await using var product = await RunningProduct.Cluster(
            await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken),
            define => Define(define, backend),
            silos: 3,
            new KeyValuePair<string, string>(ToolBackend.SecretVariable, ToolBackend.Secret));
        using var browser = product.Browser("ada");
        var relayed = await All(Relayed, async () =>
        {
            var started = await browser.MustStart("tools-direct");
            Assert.Equal(HttpStatusCode.OK, (await browser.Report(started, await PretendOpenAI.Call(started))).Status);
            return started;
        });
        var heard = await All(Heard, async () => await browser.MustStart("tools-brokered") is var started ? (Started: started, Call: (await browser.Connect(started)).CallId!) : default);

        var done = 0;
        var history = new ConcurrentDictionary<(string Workflow, string Call), ConcurrentBag<(string Status, string? Output)>>();
        var faults = Disturb(product, () => Volatile.Read(ref done));
        var speaking = Speak(product, [.. heard.Select(one => one.Call)]);
        var calls = Enumerable.Range(0, Calls - (Heard * CallsOfHeard)).Select(n => (Workflow: (string)relayed[n % Relayed]["id"]!, Call: $"call_{n}", Tool: Tools[n % 3], N: n)).ToList();
        // Impatient callers: every third call is made twice at once, every fifth again later.
        var work = calls.SelectMany(call => Enumerable.Repeat(call, call.N % 3 is 0 ? 2 : 1)).Concat(calls.Where(call => call.N % 5 is 0)).ToList();
        await Parallel.ForEachAsync(work, new ParallelOptions { MaxDegreeOfParallelism = Callers }, async (call, _) =>
        {
            var outcome = await Relay(product, browser, call.Workflow, call.Call, call.Tool, call.N);
            history.GetOrAdd((call.Workflow, call.Call), _ => []).Add(outcome);
            Interlocked.Increment(ref done);
        });
        await speaking;
        await faults;

        var said = heard.Select(one => one.Call).ToHashSet();
        await Eventually.True(
            async () => Answered(await product.OpenAI.Ledger(), said).Count == Heard * CallsOfHeard || await SomeEnded(browser, heard.Select(one => one.Started)),
            Patience,
            () => $"every function call answered: {Answered(product.OpenAI.Ledger().GetAwaiter().GetResult(), said).Count} of {Heard * CallsOfHeard}");

        Report(backend, history);
        Judge(backend, history, calls.Count);
    }

    private static void Judge(ToolBackend backend, ConcurrentDictionary<(string Workflow, string Call), ConcurrentBag<(string Status, string? Output)>> history, int calls)
    {
        var sends = backend.Entries.GroupBy(entry => (entry.Workflow, entry.CallId)).ToDictionary(group => group.Key, group => group.ToList());
        Assert.Equal(calls, history.Count);
        Assert.DoesNotContain(sends, sent => sent.Value[0].Tool is "unkeyed_it" && sent.Value.Count > 1);
        Assert.DoesNotContain(sends, sent => sent.Value.Select(entry => entry.Key).Distinct().Count() > 1);
        Assert.DoesNotContain(backend.Effects.Where(effect => effect.Tool is "keyed_it").GroupBy(effect => effect.Key), same => same.Count() > 1);

        foreach (var (call, outcomes) in history)
        {
            var distinct = outcomes.Distinct().ToList();
            var isRead = sends.TryGetValue(call, out var sent) && sent[0].Tool is "read_it";
            Assert.True(distinct.Count == 1 || isRead, $"{call}: several outcomes: {string.Join(" | ", distinct)}");
            Assert.True(distinct[0].Status is not "completed" || sent is not null, $"{call} is completed and nobody did it");
        }
    }

    private static void Report(ToolBackend backend, ConcurrentDictionary<(string Workflow, string Call), ConcurrentBag<(string Status, string? Output)>> history)
    {
        var byStatus = history.Values.Select(outcomes => outcomes.First().Status).CountBy(status => status).OrderBy(pair => pair.Key);
        var repeated = backend.Entries.GroupBy(entry => (entry.Workflow, entry.CallId, entry.Tool)).Where(sent => sent.Count() > 1).CountBy(sent => sent.Key.Tool);
        var unknown = history.Where(call => call.Value.First().Status is "unknown").Select(call => call.Key).ToHashSet();
        var happened = backend.Entries.Count(entry => unknown.Contains((entry.Workflow, entry.CallId)));
        TestContext.Current.SendDiagnosticMessage(
            "{0} calls, {1} requests at the tools; {2}; sent more than once: {3}; of {4} unknown, {5} had happened",
            history.Count,
            backend.Entries.Count,
            string.Join(", ", byStatus.Select(pair => $"{pair.Value} {pair.Key}")),
            string.Join(", ", repeated.Select(pair => $"{pair.Value} {pair.Key}")),
            unknown.Count,
            happened);
    }

    /// <summary>kill -9 at a quarter of the work, a freeze longer than it takes to be declared dead at the half, and new silos in their place.</summary>
    private static async Task Disturb(ClusterProduct product, Func<int> done)
    {
        await Eventually.True(() => Task.FromResult(done() > Calls / 4), TimeSpan.FromMinutes(5), () => "a quarter of the calls");
        var killed = product.Silos[0];
        product.Silos.RemoveAt(0);
        await killed.KillAsync();
        await product.AddSilo();

        await Eventually.True(() => Task.FromResult(done() > Calls / 2), TimeSpan.FromMinutes(5), () => "half of the calls");
        var zombie = product.Silos[0];
        product.Silos.RemoveAt(0);
        await zombie.FreezeAsync();
        using (var pause = new PeriodicTimer(Frozen))
        {
            await pause.WaitForNextTickAsync();
        }

        await zombie.ThawAsync();
        await product.AddSilo();
    }

    /// <summary>Insists on an outcome, as a caller does who cannot know what became of a request without an answer.</summary>
    private static async Task<(string Status, string? Output)> Relay(ClusterProduct product, Browser browser, string workflow, string call, string tool, int n)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        for (var tries = 0; tries < 400; tries++)
        {
            try
            {
                var answer = await browser.Send(
                    HttpMethod.Post, $"/v1/workflows/{workflow}/tool_calls", $$"""{"call_id":"{{call}}","name":"{{tool}}","arguments":"{\"n\":{{n}}}"}""");
                switch (answer.Status)
                {
                    case HttpStatusCode.OK:
                        return ((string)answer.Json["status"]!, (string?)answer.Json["output"]);
                    case HttpStatusCode.Accepted or HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests:
                        break;
                    default:
                        throw new InvalidOperationException($"{answer.Status}: {answer.Text}\n{product.Api.Output[^Math.Min(6000, product.Api.Output.Length)..]}");
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
            }

            await pause.WaitForNextTickAsync();
        }

        throw new TimeoutException($"{workflow}/{call} has no outcome.");
    }

    /// <summary>Models that ask for one tool after the other, each when it has been answered for a moment.</summary>
    private static async Task Speak(RunningProduct product, HashSet<string> calls)
    {
        var asked = calls.ToDictionary(call => call, _ => 0);
        var lastAsked = TimeProvider.System.GetTimestamp();
        using var pause = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (asked.Values.Any(n => n < CallsOfHeard))
        {
            // One look for all of them: the ledger is long.
            var answered = Answered(await product.OpenAI.Ledger(), calls);
            foreach (var (call, n) in asked.Where(one => one.Value < CallsOfHeard && (one.Value is 0 || answered.Contains((one.Key, $"heard_{one.Value - 1}")))).ToList())
            {
                if (await TryAsk(product, call, n))
                {
                    asked[call]++;
                    lastAsked = TimeProvider.System.GetTimestamp();
                }
            }

            if (TimeProvider.System.GetElapsedTime(lastAsked) > Patience)
            {
                throw new TimeoutException($"No model was answered any more: {string.Join(", ", asked.Where(one => one.Value < CallsOfHeard))}");
            }

            await pause.WaitForNextTickAsync();
        }
    }

    /// <summary>Whether the model could say so: its mouth may still be busy with the answer before.</summary>
    private static async Task<bool> TryAsk(RunningProduct product, string call, int n)
    {
        try
        {
            await product.OpenAI.Respond(call, $$"""{"calls":[{"name":"{{Tools[n % 3]}}","arguments":{"n":{{n}}},"call_id":"heard_{{n}}"}]}""");
            return true;
        }
        catch (HttpRequestException busy) when (busy.StatusCode is HttpStatusCode.Conflict)
        {
            return false;
        }
    }

    private static HashSet<(string, string)> Answered(List<JsonNode> ledger, HashSet<string> calls) =>
    [
        .. ledger.Where(entry => (string)entry["kind"]! is "event.received" && (string?)entry["details"]!["event"]!["item"]?["type"] is "function_call_output")
            .Select(entry => ((string)entry["call_id"]!, (string)entry["details"]!["event"]!["item"]!["call_id"]!))
            .Where(answer => calls.Contains(answer.Item1)),
    ];

    private static async Task<bool> SomeEnded(Browser browser, IEnumerable<JsonNode> started)
    {
        foreach (var one in started)
        {
            if (await browser.TryView(one) is { } view && (string?)view["status"] is "ended")
            {
                throw new InvalidOperationException($"{one["id"]} ended: {view["end_reason"]}");
            }
        }

        return false;
    }

    private static async Task<List<T>> All<T>(int count, Func<Task<T>> make)
    {
        var made = new List<T>();
        for (var number = 0; number < count; number++)
        {
            made.Add(await make());
        }

        return made;
    }

    private static void Define(TestDefinitions define, ToolBackend backend)
    {
        define.AddTool("read_it", backend.Declare("read_it", "read"));
        define.AddTool("keyed_it", backend.Declare("keyed_it", "keyed"));
        define.AddTool("unkeyed_it", backend.Declare("unkeyed_it", "unkeyed"));
        const string limits = """{"max_tool_calls":10000,"max_concurrent_tool_calls":100,"max_duration_seconds":1800,"control_lost_seconds":120,"idle_timeout_seconds":1800,"max_cost_usd":0,"max_responses":100000}""";
        define.Add("tools-brokered", "brokered", limits, tools: """["read_it","keyed_it","unkeyed_it"]""");
        define.Add("tools-direct", "client_secret", limits, tools: """["read_it","keyed_it","unkeyed_it"]""");
    }
}
