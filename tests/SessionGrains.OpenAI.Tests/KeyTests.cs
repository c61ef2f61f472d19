using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SessionGrains.Emulator;
using Xunit;

namespace SessionGrains.OpenAI.Tests;

/// <summary>The long-lived key: where it comes from, how it changes, and where it never goes.</summary>
public sealed class KeyTests
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData("mint")]
    [InlineData("create")]
    [InlineData("hang up")]
    public async Task A_rotated_key_file_changes_the_key_of_the_next_request_of_any_kind(string operation)
    {
        using var file = new KeyFile("sk-old");
        await using var lab = await Start(file.Path);
        await lab.Minted();

        file.Write("sk-new\n");
        lab.Clock.Advance(LookEvery);
        await Ask(lab, operation);
        await lab.Minted();

        Assert.Equal(2, (await lab.Ledger("client_secret.created")).Select(entry => entry["details"]!["key_id"]!.GetValue<string>()).Distinct().Count());
        var keys = (await lab.Ledger()).Where(entry => entry["details"]?["key_id"] is not null).Select(entry => entry["details"]!["key_id"]!.GetValue<string>()).ToList();
        Assert.All(keys.Skip(1), key => Assert.Equal(keys[^1], key));
    }

    [Fact]
    public async Task A_key_that_is_mounted_as_links_is_rotated_by_exchanging_the_folder_behind_them()
    {
        // As Kubernetes mounts a secret: key -> ..data/key, and only ..data is exchanged.
        var mount = Directory.CreateTempSubdirectory("sessiongrains-key-");
        foreach (var (version, key) in new[] { ("v1", "sk-old"), ("v2", "sk-new") })
        {
            await File.WriteAllTextAsync(Path.Combine(mount.CreateSubdirectory(version).FullName, "key"), key, TestContext.Current.CancellationToken);
        }

        var data = Path.Combine(mount.FullName, "..data");
        Directory.CreateSymbolicLink(data, "v1");
        var file = Path.Combine(mount.FullName, "key");
        File.CreateSymbolicLink(file, Path.Combine("..data", "key"));
        await using var lab = await Start(file);
        await lab.Minted();
        lab.Clock.Advance(LookEvery);
        await lab.Minted();

        Directory.Delete(data);
        Directory.CreateSymbolicLink(data, "v2");
        lab.Clock.Advance(LookEvery);
        await lab.Minted();

        var keys = (await lab.Ledger("client_secret.created")).Select(entry => entry["details"]!["key_id"]!.GetValue<string>()).ToList();
        Assert.Equal(keys[0], keys[1]);
        Assert.NotEqual(keys[1], keys[2]);
        mount.Delete(recursive: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public async Task A_key_file_that_is_empty_or_gone_for_the_moment_leaves_the_last_key_in_place(string? text)
    {
        using var file = new KeyFile("sk-old");
        await using var lab = await Start(file.Path);
        await lab.Minted();

        file.Write(text);
        lab.Clock.Advance(LookEvery);
        await lab.Minted();
        Assert.Contains("cannot be read", lab.Logs.Text, StringComparison.Ordinal);

        file.Write("sk-new");
        lab.Clock.Advance(LookEvery);
        await lab.Minted();
        Assert.Equal(2, (await lab.Ledger("client_secret.created")).Select(entry => entry["details"]!["key_id"]!.GetValue<string>()).Distinct().Count());
    }

    [Fact]
    public async Task No_key_and_no_secret_is_ever_logged_whatever_goes_wrong()
    {
        const string key = "sk-very-secret";
        await using var lab = await Lab.Start(
            TimeSpan.FromSeconds(4), new EmulatorOptions { ApiKeys = [key] }, ("OPENAI_API_KEY", key));
        var secret = await lab.Minted();
        var call = await lab.CreateAsBrowser(secret);
        // OpenAI's messages may repeat what was sent.
        foreach (var endpoint in (string[])["client_secrets", "calls", "hangup"])
        {
            await lab.Fault($$"""{"endpoint":"{{endpoint}}","status":401,"code":"{{key}}!","message":"Incorrect API key provided: {{key}} {{secret.Value}}"}""");
            await lab.Fault($$"""{"endpoint":"{{endpoint}}","drop_reply":true}""");
            await lab.Fault($$"""{"endpoint":"{{endpoint}}","hang":true}""");
        }

        for (var i = 0; i < 4; i++)
        {
            var said = $"{await lab.Mint()} {await lab.Create()} {await lab.HangUp(call, secret.Value)}";
            Assert.DoesNotContain(key, said, StringComparison.Ordinal);
            Assert.DoesNotContain("ek_", said, StringComparison.Ordinal);
        }

        Assert.Contains("OpenAI: mint failed", lab.Logs.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(key, lab.Logs.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("ek_", lab.Logs.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("v=0", lab.Logs.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_that_holds_a_secret_prints_it()
    {
        await using var lab = await Lab.Start();
        var secret = await lab.Minted();
        var options = new OpenAIOptions { ApiKey = Lab.Key };

        object[] holders = [secret, new Reply<MintedSecret>.Done(secret), options, new SecretPolicy(secret.Value), new CreatedCall("rtc_1", secret.Value), lab.Client];

        Assert.All(holders, holder => Assert.DoesNotContain("ek_", holder.ToString(), StringComparison.Ordinal));
        Assert.All(holders, holder => Assert.DoesNotContain(Lab.Key, holder.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void A_host_without_a_key_does_not_start_and_says_which_variable_it_wants()
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Options());

        Assert.Contains("OPENAI_API_KEY", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_in_the_settings_never_repeats_the_key()
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Options(("OPENAI_API_KEY", "sk-very-secret"), ("OPENAI_BASE_URL", "no url")));

        Assert.DoesNotContain("sk-very-secret", refused.ToString(), StringComparison.Ordinal);
    }

    private static Task<Lab> Start(string file) =>
        Lab.Start(null, new EmulatorOptions { ApiKeys = ["sk-old", "sk-new"] }, ("OPENAI_API_KEY_FILE", file));

    private static async Task Ask(Lab lab, string operation)
    {
        switch (operation)
        {
            case "mint":
                await lab.Minted();
                break;
            case "create":
                await lab.Created();
                break;
            default:
                await lab.HangUp("rtc_unknown");
                break;
        }
    }

    private static OpenAIOptions Options(params (string Name, string? Value)[] settings)
    {
        using var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value))).Build())
            .AddLogging()
            .AddOpenAI()
            .BuildServiceProvider();
        return services.GetRequiredService<IOptions<OpenAIOptions>>().Value;
    }
}
