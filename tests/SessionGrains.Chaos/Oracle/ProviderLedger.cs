using System.Globalization;
using System.Text.Json.Nodes;

namespace SessionGrains.Chaos.Oracle;

/// <summary>Reads the emulator's ledger file: what OpenAI was asked for, and what it did.</summary>
internal static class ProviderLedger
{
    /// <summary>How the definitions of the scenarios begin their instructions, so that a secret or a call shows what it was made for.</summary>
    public const string TagMark = "tag:";

    public static async Task<History> Read(string file, string prefix)
    {
        var entries = new List<JsonNode>();
        await foreach (var line in File.ReadLinesAsync(file))
        {
            // The last line may be half written.
            if (line.EndsWith('}'))
            {
                entries.Add(JsonNode.Parse(line)!);
            }
        }

        var ofCalls = entries.Where(entry => entry["call_id"] is not null).ToLookup(entry => (string)entry["call_id"]!);
        var calls = entries.Where(entry => Kind(entry) is "call.created" && TagOf(entry).StartsWith(prefix, StringComparison.Ordinal))
            .Select(created => CallOf(created, [.. ofCalls[(string)created["call_id"]!]])).ToList();
        return new History
        {
            Mints = [.. entries.Where(entry => Kind(entry) is "client_secret.created" && TagOf(entry).StartsWith(prefix, StringComparison.Ordinal)).Select(entry => new Mint(TagOf(entry), At(entry)))],
            Calls = calls,
            Questions = [.. calls.SelectMany(call => QuestionsOf(call.Id, [.. ofCalls[call.Id]]))],
        };
    }

    private static Call CallOf(JsonNode created, IReadOnlyList<JsonNode> entries)
    {
        var ended = entries.FirstOrDefault(entry => Kind(entry) is "call.ended");
        return new((string)created["call_id"]!, TagOf(created), (string?)created["details"]!["safety_identifier"] ?? "", At(created))
        {
            HungUpAt = entries.FirstOrDefault(entry => Kind(entry) is "call.hangup" && (int)entry["status"]! == 200) is { } hungUp ? At(hungUp) : null,
            EndedAt = ended is null ? null : At(ended),
            EndReason = (string?)ended?["details"]!["reason"],
            Sidebands = Attachments(entries, ended is null ? null : At(ended)),
        };
    }

    /// <summary>Pairs attachments with detachments, first with first: which is which matters only where two overlap, and then the call is held anyway.</summary>
    private static List<Attachment> Attachments(IReadOnlyList<JsonNode> entries, DateTimeOffset? ended)
    {
        var detached = new Queue<DateTimeOffset>(entries.Where(entry => Kind(entry) is "sideband.detached").Select(At));
        return [.. entries.Where(entry => Kind(entry) is "sideband.attached").Select(entry => new Attachment(At(entry), detached.TryDequeue(out var to) ? to : ended))];
    }

    private static IEnumerable<Question> QuestionsOf(string call, IReadOnlyList<JsonNode> entries)
    {
        var sent = entries.Where(entry => Kind(entry) is "event.received" && (string?)entry["details"]!["from"] is "sideband")
            .Select(entry => (At: At(entry), Event: entry["details"]!["event"]!))
            .ToList();
        var deleted = sent.Where(one => (string?)one.Event["type"] is "conversation.item.delete").ToLookup(one => (string?)one.Event["item_id"], one => one.At);
        var outputs = sent.Select(one => (one.At, Item: one.Event["item"]))
            .Where(one => (string?)one.Item?["type"] is "function_call_output")
            .ToLookup(one => (string)one.Item!["call_id"]!, one => new ToolAnswer(one.At, (string)one.Item!["output"]!) { TakenOutAt = deleted[(string?)one.Item["id"]].Select(at => (DateTimeOffset?)at).LastOrDefault() });
        return entries.Where(entry => Kind(entry) is "tool_call.issued")
            .Select(entry => (Id: (string)entry["details"]!["tool_call_id"]!, At: At(entry)))
            .Select(asked => new Question(call, asked.Id, asked.At) { Answers = [.. outputs[asked.Id]] });
    }

    private static string TagOf(JsonNode entry)
    {
        var instructions = (string?)entry["details"]!["session"]?["instructions"] ?? "";
        return instructions.StartsWith(TagMark, StringComparison.Ordinal) ? instructions[TagMark.Length..].Split(' ')[0] : "";
    }

    private static string Kind(JsonNode entry) => (string)entry["kind"]!;

    private static DateTimeOffset At(JsonNode entry) => DateTimeOffset.Parse((string)entry["at"]!, CultureInfo.InvariantCulture);
}
