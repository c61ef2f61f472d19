using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>No secret at rest and none in the logs, whatever happened: looked for byte by byte.</summary>
public sealed class CanaryTests(TestPostgres postgres)
{
    private const int Workflows = 200;

    [Fact]
    public async Task No_key_no_secret_and_no_token_is_in_the_data_the_write_ahead_log_a_dump_or_any_log_line()
    {
        var database = await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        await using var product = await RunningProduct.Cluster(
            database, null, 2,
            new("Logging__LogLevel__Default", "Trace"), new("Logging__LogLevel__Microsoft", "Trace"), new("Logging__LogLevel__Orleans", "Trace"));
        using var browser = product.Browser("ada");
        var secrets = new List<string> { PretendOpenAI.Key, Browser.IcePassword, browser.Token.Split('.')[2] };

        await Live(product, browser, secrets);
        await product.Silos[0].KillAsync();
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var checkpoint = new NpgsqlCommand("CHECKPOINT", connection);
            await checkpoint.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        Assert.True(secrets.Count > Workflows);
        var canaries = SearchValues.Create([.. secrets.Distinct()], StringComparison.Ordinal);
        Assert.Empty(FilesWith(canaries, postgres.DataFolder));
        Assert.False(Contains(canaries, await Dump(database)), "a secret is in the dump");
        var line = product.Output.Split('\n').FirstOrDefault(line => Contains(canaries, line));
        Assert.True(line is null, $"a secret is in a log line: {line}");
        // The search itself can find something: what we do store is there.
        Assert.NotEmpty(FilesWith(SearchValues.Create(["\"phase\":\"ended\""], StringComparison.Ordinal), postgres.DataFolder));
        Assert.Contains("trace", product.Output, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Two hundred lives of every kind, in good and in bad weather.</summary>
    private static async Task Live(ClusterProduct product, Browser browser, List<string> secrets)
    {
        string[] modes = ["brokered", "sealed", "client_secret"];
        string[] weather =
        [
            """{"endpoint":"calls","times":3,"status":500}""",
            """{"endpoint":"calls","times":2,"drop_reply":true}""",
            """{"endpoint":"client_secrets","times":3,"status":429,"headers":{"Retry-After":"1"}}""",
            """{"endpoint":"client_secrets","times":2,"drop_reply":true}""",
            """{"endpoint":"hangup","times":3,"status":503}""",
        ];

        for (var workflow = 0; workflow < Workflows; workflow++)
        {
            if (workflow % 20 is 10)
            {
                await product.OpenAI.Fault(weather[workflow / 20 % weather.Length]);
            }

            var mode = modes[workflow % modes.Length];
            var answer = await browser.Start(mode, key: workflow % 7 is 0 ? $"key-{workflow}" : null);
            if (answer.Code is not null)
            {
                continue;
            }

            var started = answer.Json;
            Remember(secrets, started);
            if (mode is "client_secret")
            {
                await browser.Report(started, $"rtc_made_up_{workflow}");
            }
            else
            {
                await browser.Connect(started);
            }

            if (await browser.Renew(started) is { Code: null } renewed)
            {
                Remember(secrets, renewed.Json);
            }

            await browser.End(started);
        }

        await product.OpenAI.Heal();
    }

    private static void Remember(List<string> secrets, JsonNode started)
    {
        if ((string?)started["client_secret"]?["value"] is { } secret)
        {
            secrets.Add(secret);
        }
    }

    private static IEnumerable<string> FilesWith(SearchValues<string> canaries, string folder) => Directory
        .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(file => Contains(canaries, Encoding.Latin1.GetString(File.ReadAllBytes(file))))
        .Select(file => Path.GetRelativePath(folder, file));

    private static bool Contains(SearchValues<string> canaries, string text) => text.AsSpan().ContainsAny(canaries);

    private static async Task<string> Dump(string database)
    {
        var at = new NpgsqlConnectionStringBuilder(database);
        var start = new ProcessStartInfo("pg_dump", ["-h", at.Host!, "-p", $"{at.Port}", "-U", at.Username!, at.Database!]) { RedirectStandardOutput = true };
        using var dump = Process.Start(start)!;
        var text = await dump.StandardOutput.ReadToEndAsync();
        await dump.WaitForExitAsync();
        return dump.ExitCode is 0 ? text : throw new InvalidOperationException("pg_dump failed.");
    }
}
