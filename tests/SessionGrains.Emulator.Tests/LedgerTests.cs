using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Tests;

/// <summary>The ledger is complete, in order, on disk before a reply, and free of secrets.</summary>
public sealed class LedgerTests : IDisposable
{
    private readonly string file = Path.Combine(Path.GetTempPath(), $"ledger-{Guid.NewGuid():n}.jsonl");

    [Fact]
    public async Task An_entry_is_in_the_file_before_its_reply_leaves()
    {
        await using var lab = await Lab.Start(new EmulatorOptions { LedgerFile = file });

        await lab.Mint();

        Assert.Equal("client_secret.created", Lines().Single()["kind"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_restarted_emulator_goes_on_counting()
    {
        await using (var first = await Lab.Start(new EmulatorOptions { LedgerFile = file }))
        {
            await first.Mint();
        }

        await using var second = await Lab.Start(new EmulatorOptions { LedgerFile = file });
        await second.Mint();

        Assert.Equal([1, 2], Lines().Select(e => e["seq"]!.GetValue<int>()));
    }

    [Fact]
    public async Task The_ledger_is_read_from_where_one_left_off()
    {
        await using var lab = await Lab.Start();
        await lab.Mint();
        await lab.Mint(key: null);

        var rest = (await lab.Control(HttpMethod.Get, "ledger?after=1")).Array;

        Assert.Equal("request.refused", rest.Single()!["kind"]!.GetValue<string>());
        Assert.Equal("client_secrets", rest.Single()!["details"]!["endpoint"]!.GetValue<string>());
    }

    [Fact]
    public async Task No_secret_and_no_key_is_in_the_ledger()
    {
        await using var lab = await Lab.Start(new EmulatorOptions { LedgerFile = file });
        var secret = await lab.MintValue();
        var callId = (await lab.CallWithSecret(secret)).CallId;
        await lab.HangUp(callId, secret);
        await lab.CallWithKey();
        await lab.Mint(key: "sk-wrong");

        var text = (await lab.Control(HttpMethod.Get, "ledger")).Text + string.Concat(Lines().Select(l => l.ToJsonString()));

        Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        Assert.DoesNotContain(secret[3..], text, StringComparison.Ordinal);
        Assert.DoesNotContain(Lab.Key, text, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-wrong", text, StringComparison.Ordinal);
        var entries = await lab.Ledger();
        Assert.Equal(entries[0]["secret_id"]!.GetValue<string>(), entries[1]["secret_id"]!.GetValue<string>());
    }

    public void Dispose() => File.Delete(file);

    private List<JsonObject> Lines()
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!.AsObject())];
    }
}
