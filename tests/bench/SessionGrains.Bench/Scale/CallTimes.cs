using System.Globalization;
using System.Text.Json;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Bench.Scale;

/// <summary>Follows the emulator's ledger: when the sideband of each call came and went, and when it was hung up.</summary>
internal sealed class CallTimes(string ledger)
{
    private readonly LedgerTail tail = new(ledger);
    private readonly Dictionary<string, List<DateTimeOffset>> attached = [];
    private readonly Dictionary<string, List<DateTimeOffset>> detached = [];
    private readonly Dictionary<string, DateTimeOffset> hungUp = [];
    private readonly HashSet<string> over = [];

    /// <summary>When OpenAI accepted the first hang-up of each call.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> HungUp => hungUp;

    /// <summary>How many calls live and have a sideband.</summary>
    public int Held => attached.Count(call => !over.Contains(call.Key) && call.Value.Count > detached.GetValueOrDefault(call.Key, []).Count);

    /// <summary>Reads what was written since the last time.</summary>
    public void Follow()
    {
        foreach (var line in tail.Next())
        {
            Add(line);
        }
    }

    /// <summary>How long after that moment each call that lost its sideband then, and lives, had one again; null where it has none.</summary>
    public IReadOnlyList<TimeSpan?> HeldAgain(DateTimeOffset since) =>
    [
        .. detached.Where(call => !over.Contains(call.Key) && call.Value.Any(at => at >= since))
            .Select(call => attached[call.Key].Where(at => at >= since).Select(at => (TimeSpan?)(at - since)).FirstOrDefault()),
    ];

    internal void Add(string line)
    {
        // Most lines are about something else; what is not needed is not parsed.
        if (!line.Contains("\"sideband.", StringComparison.Ordinal) && !line.Contains("\"call.hangup\"", StringComparison.Ordinal) && !line.Contains("\"call.ended\"", StringComparison.Ordinal))
        {
            return;
        }

        using var entry = JsonDocument.Parse(line);
        var root = entry.RootElement;
        var (call, at) = (root.GetProperty("call_id").GetString(), DateTimeOffset.Parse(root.GetProperty("at").GetString()!, CultureInfo.InvariantCulture));
        switch (root.GetProperty("kind").GetString())
        {
            case "sideband.attached":
                Remember(attached);
                break;
            case "sideband.detached":
                Remember(detached);
                break;
            case "call.hangup" when root.GetProperty("status").GetInt32() is 200:
                hungUp.TryAdd(call!, at);
                break;
            case "call.ended":
                over.Add(call!);
                break;
            default:
                break;
        }

        void Remember(Dictionary<string, List<DateTimeOffset>> times)
        {
            if (!times.TryGetValue(call!, out var known))
            {
                times[call!] = known = [];
            }

            known.Add(at);
        }
    }
}
